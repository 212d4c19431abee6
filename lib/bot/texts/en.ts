import type { Texts } from './types.ts'

export const en: Texts = {
  languageName: 'English',
  commands: {
    start: 'Say hello',
    help: 'What I can do',
    ping: 'Get your words back, and the time it took',
    language: 'Choose the language I speak',
    privacy: 'What I keep, and for how long',
    deletemydata: 'Erase what I keep about you',
  },
  start: (name) =>
    `${name === null ? 'Hello!' : `Hello, ${name}!`} I’m Evergram, the bot that doesn’t lose messages.\n\n` +
    'Try me with /ping hello, or see /help for everything I can do.',
  helpIntro: 'Here is what I can do:',
  helpGroups: 'In groups I answer commands, and replies to my own messages.',
  helpStatus: 'How I am doing (only you and my other administrators see this)',
  helpPanel: 'My control panel (administrators only, too)',
  languagePrompt: 'Which language shall I speak with you?',
  languageUnknown: 'I don’t speak that one yet. Please pick one of these:',
  languageSet: 'All right, I’ll speak English with you.',
  privacy: [
    'What I keep, and for how long:',
    '',
    '• the language you chose, until you erase it;',
    '• whether a chat has blocked me, so that I don’t write where I’m not wanted;',
    '• a count of your recent messages, for a few minutes, so that nobody can flood me;',
    '• your message, only until I have answered it. If I fail, it is set aside until the person who runs me ' +
      'has it answered after all or throws it away;',
    '• the numbers Telegram gives to updates, for 48 hours, so that I don’t answer twice.',
    '',
    'My logs hold no message texts. /deletemydata erases what I keep about you.',
  ].join('\n'),
  deletePrompt: 'Shall I erase what I keep about you? This can’t be undone.',
  deleteYes: 'Yes, erase it',
  deleteNo: 'No, keep it',
  deleteDone: 'Done. What I kept about you is erased.',
  deleteKept: 'All right, nothing was erased.',
  panelPrompt: 'Here is my control panel. Telegram tells it who you are, so you need no token.',
  panelButton: 'Open the panel',
  panelUnavailable:
    'The panel can’t be opened from Telegram here: PUBLIC_URL has to be an https address of this deployment.',
  notYourButton: 'This button is for the person who asked.',
  plainText:
    'Thank you, your message has reached me. I’m not one for small talk yet: /help shows what I can do.',
  unknownCommand: 'I don’t know that command. The ones I know are in /help.',
  notText: 'I can only read text for now. /help shows what I can do.',
  tooFast: 'That was a little too fast for me, so I’ve skipped this one. Please wait a moment and try again.',
  givenUp:
    'I’m sorry, I couldn’t answer one of your messages; it is safe, set aside for the person who runs me.',
}
