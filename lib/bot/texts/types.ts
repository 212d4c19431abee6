/**
 * Every sentence that the bot can say, as one type: a language in which a key is missing does not
 * compile. All of it is sent as plain text, so names and other people's words need no escaping.
 */

/** The public commands, in the order of the menu. `/status` and `/panel` are for administrators and not in it. */
export const COMMAND_NAMES = ['start', 'help', 'ping', 'language', 'privacy', 'deletemydata'] as const
type CommandName = (typeof COMMAND_NAMES)[number]

export interface Texts {
  /** The language's name in itself. */
  languageName: string
  /** One line a command, for the menu (1 to 256 characters) and for /help. */
  commands: Record<CommandName, string>
  /** `name` is null where Telegram gave none. */
  start: (name: string | null) => string
  helpIntro: string
  helpGroups: string
  /** The line of /status in /help; only administrators see it. */
  helpStatus: string
  /** The same of /panel. */
  helpPanel: string
  languagePrompt: string
  languageUnknown: string
  languageSet: string
  privacy: string
  deletePrompt: string
  deleteYes: string
  deleteNo: string
  deleteDone: string
  deleteKept: string
  panelPrompt: string
  /** On a button. */
  panelButton: string
  /** Where the deployment has no https address of its own. */
  panelUnavailable: string
  /** At most 200 characters: shown as a notification over the chat. */
  notYourButton: string
  plainText: string
  unknownCommand: string
  notText: string
  /** At most 200 characters: shown as a notification when it was a button that was pressed. */
  tooFast: string
  /** For an update that went to the dead letters. */
  givenUp: string
}
