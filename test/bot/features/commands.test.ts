/** /start, /help, /privacy, /status: what is said, and to whom. */
import { describe, expect, it } from 'vitest'
import { LANGUAGES, texts } from '../../../lib/bot/texts/index.ts'
import { createTestBot, type Call } from '../../support/bot.ts'
import { ANNA, GROUP, text } from '../../support/updates.ts'

/** The one plain message to Anna's private chat. */
function toAnna(words: string): Call[] {
  return [{ method: 'sendMessage', params: { chat_id: 42, text: words } }]
}

describe.each(LANGUAGES)('in %s', (language) => {
  const bot = createTestBot({ scope: { language } })

  it('/start greets by name', async () => {
    expect(await bot.send(text('/start'))).toEqual(toAnna(texts[language].start('Anna')))
    expect(await bot.send(text('/start deep-link'))).toEqual(toAnna(texts[language].start('Anna')))
  })

  it('/start greets a person without a name', async () => {
    const nameless = { from: { ...ANNA, first_name: ' ' } }
    expect(await bot.send(text('/start', nameless))).toEqual(toAnna(texts[language].start(null)))
  })

  it('/privacy tells what is kept', async () => {
    expect(await bot.send(text('/privacy'))).toEqual(toAnna(texts[language].privacy))
  })

  it('/help lists each command of the menu on a line', async () => {
    const [call, ...rest] = await bot.send(text('/help'))
    expect(rest).toEqual([])
    expect(call?.params['text']).not.toContain('/status')
    for (const [command, description] of Object.entries(texts[language].commands)) {
      expect(String(call?.params['text']).split('\n')).toContain(`/${command} – ${description}`)
    }
  })
})

describe('/status', () => {
  it('answers administrators with the lines of the scope', async () => {
    const bot = createTestBot({ scope: { isAdmin: true } })
    expect(await bot.send(text('/status'))).toEqual(toAnna('status: healthy\npending: 0'))
    const [help] = await bot.send(text('/help'))
    expect(help?.params['text']).toContain(`/status – ${texts.en.helpStatus}`)
  })

  it('is to anybody else a command like no other', async () => {
    const bot = createTestBot()
    expect(await bot.send(text('/status'))).toEqual(toAnna(texts.en.unknownCommand))
    expect(await bot.send(text('/status'))).toEqual(await bot.send(text('/nonsense')))
    expect(await bot.send(text('/status', { chat: GROUP }))).toEqual([])
  })

  it('is cut to one message', async () => {
    const bot = createTestBot({ scope: { isAdmin: true, statusLines: async () => ['x'.repeat(9000)] } })
    expect(await bot.send(text('/status'))).toEqual(toAnna('x'.repeat(4096)))
  })
})

describe('in a group', () => {
  const bot = createTestBot()
  const inGroup = (words: string): Call[] => [
    {
      method: 'sendMessage',
      params: {
        chat_id: GROUP.id,
        text: words,
        reply_parameters: { message_id: 7, allow_sending_without_reply: true },
      },
    },
  ]

  it.each(['/privacy', '/privacy@evergram_bot', '/privacy@Evergram_Bot'])(
    '%s is replied to',
    async (words) => {
      expect(await bot.send(text(words, { chat: GROUP }))).toEqual(inGroup(texts.en.privacy))
    },
  )

  it('a command for another bot is none of ours', async () => {
    expect(await bot.send(text('/privacy@other_bot', { chat: GROUP }))).toEqual([])
  })

  it('the answer stays in its forum topic, and out of reply threads', async () => {
    const topic = { chat: { ...GROUP, is_forum: true }, message_thread_id: 55, is_topic_message: true }
    const [inTopic] = await bot.send(text('/privacy', topic))
    expect(inTopic?.params['message_thread_id']).toBe(55)
    // Outside forums the field names a thread of replies; Telegram refuses it as a topic.
    const [inThread] = await bot.send(text('/privacy', { chat: GROUP, message_thread_id: 55 }))
    expect(inThread?.params).not.toHaveProperty('message_thread_id')
  })
})
