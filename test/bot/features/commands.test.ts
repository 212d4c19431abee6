/** /start, /help, /privacy, /status: what is said, and to whom. */
import { describe, expect, it } from 'vitest'
import { LANGUAGES, texts } from '../../../lib/bot/texts/index.ts'
import { featureBot } from '../../support/feature-bot.ts'
import { ANNA, GROUP, text } from '../../support/updates.ts'

describe.each(LANGUAGES)('in %s', (language) => {
  it.each(['/start', '/start deep-link'])('%s greets the person by name', async (words) => {
    const { person } = await featureBot()
    const { calls, text: said } = await person('Anna', { language }).says(words)
    expect(said).toBe(texts[language].start('Anna'))
    expect(calls).toHaveLength(1)
  })

  it('/start greets a person without a name', async () => {
    const { person } = await featureBot()
    const answer = await person(' ', { language }).says('/start')
    expect(answer.text).toBe(texts[language].start(null))
  })

  it('/privacy says what is stored', async () => {
    const { person } = await featureBot()
    const answer = await person('Anna', { language }).says('/privacy')
    expect(answer.text).toBe(texts[language].privacy)
  })

  it('/help lists each command of the menu on a line', async () => {
    const { person } = await featureBot()
    const answer = await person('Anna', { language }).says('/help')
    for (const [command, description] of Object.entries(texts[language].commands)) {
      expect(answer.text.split('\n')).toContain(`/${command} – ${description}`)
    }
    expect(answer.text).not.toContain('/status')
  })
})

describe('/status', () => {
  it('tells an administrator the condition of the bot', async () => {
    const { person } = await featureBot()
    const answer = await person('Olga', { admin: true }).says('/status')
    expect(answer.text).toMatch(/healthy/i)
  })

  it('is in /help for administrators', async () => {
    const { person } = await featureBot()
    const answer = await person('Olga', { admin: true }).says('/help')
    expect(answer.text).toContain(`/status – ${texts.en.helpStatus}`)
  })

  it('is an unknown command for other people', async () => {
    const { person } = await featureBot()
    const anna = person('Anna')
    const answer = await anna.says('/status')
    expect(answer.text).toBe(texts.en.unknownCommand)
    expect(answer.calls).toEqual((await anna.says('/nonsense')).calls)
  })

  it('of other people is not answered in a group', async () => {
    const { person, group } = await featureBot()
    const anna = person('Anna')
    const { calls } = await anna.says('/status', { in: group('Friends', [anna]) })
    expect(calls).toEqual([])
  })
})

describe('in a group', () => {
  it.each(['/privacy', '/privacy@evergram_bot', '/privacy@Evergram_Bot'])(
    '%s is answered with a reply',
    async (words) => {
      const { person, group } = await featureBot()
      const anna = person('Anna')
      const friends = group('Friends', [anna])
      const { calls, message } = await anna.says(words, { in: friends })
      expect(message).toMatchObject({ text: texts.en.privacy, reply_to_message: { text: words } })
      expect(calls).toEqual([
        {
          method: 'sendMessage',
          params: {
            chat_id: friends.id,
            text: texts.en.privacy,
            reply_parameters: { message_id: expect.any(Number), allow_sending_without_reply: true },
          },
        },
      ])
    },
  )

  it('a command for another bot is not answered', async () => {
    const { person, group } = await featureBot()
    const anna = person('Anna')
    const { calls } = await anna.says('/privacy@other_bot', { in: group('Friends', [anna]) })
    expect(calls).toEqual([])
  })

  it('the answer is in the forum topic of the question', async () => {
    const { person, group, telegram } = await featureBot()
    const anna = person('Anna')
    const forum = group('Forum', [anna], { forum: true })
    telegram.world.chats.get(forum.id)?.topics.set(55, 'Plans')
    const { message } = await anna.says('/privacy', { in: forum, topic: 55 })
    expect(message).toMatchObject({ message_thread_id: 55, text: texts.en.privacy })
  })

  it('the answer names no topic where the thread is one of replies, which Telegram would refuse', async () => {
    const { delivers } = await featureBot()
    const { calls } = await delivers(text('/privacy', { chat: GROUP, message_thread_id: 55 }))
    expect(calls).toHaveLength(1)
    expect(calls[0]?.params).not.toHaveProperty('message_thread_id')
  })

  it('a person is greeted in the language of the client', async () => {
    const { delivers } = await featureBot()
    const from = { ...ANNA, language_code: 'fr-CA' }
    const answer = await delivers(text('/start@evergram_bot', { chat: GROUP, from }))
    expect(answer.text).toBe(texts.fr.start('Anna'))
  })
})

describe('every feature whose update runs again', () => {
  it.each(['/start', '/help', '/ping', '/language', '/privacy', '/deletemydata', '/nonsense', 'hello'])(
    'answers %s with the same words',
    async (words) => {
      const { person, runsAgain } = await featureBot()
      runsAgain()
      const { messages } = await person('Anna').says(words)
      const said = messages.map(({ text }) => text?.replace(/\d+ ms$/, '… ms'))
      expect(new Set(said).size).toBe(1)
    },
  )
})
