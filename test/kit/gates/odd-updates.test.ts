/** Updates of any shape: nothing, and no error. */
import { describe, expect, it } from 'vitest'
import { texts } from '../../../lib/bot/texts/index.ts'
import { createBareBot } from '../../support/bot.ts'
import { hasRecorded, recordedUpdates } from '../../support/recorded.ts'
import { ANNA, GROUP, message, PRIVATE, press, text } from '../../support/updates.ts'
import { OWN_UPDATES } from '../../updates/index.ts'

const userId = (update: unknown): string | null =>
  /"from":\{[^}]*?"id":(\d+)/.exec(JSON.stringify(update))?.[1] ?? null

if (!hasRecorded) console.warn('SKIPPED: recorded updates through the features (no ../shared/fixtures)')

describe.each([
  {
    which: 'our own updates',
    updates: OWN_UPDATES.map(({ name, update }) => ({ source: name, update: update as object })),
    atLeast: { updates: 150, calls: 25 },
  },
  ...(hasRecorded
    ? [{ which: 'recorded updates', updates: recordedUpdates(), atLeast: { updates: 480, calls: 100 } }]
    : []),
])('$which', ({ updates, atLeast }) => {
  it.each(['ok', 'notice', 'drop'] as const)(
    'go through all features without an error (rate %s)',
    async (rate) => {
      expect(updates.length).toBeGreaterThanOrEqual(atLeast.updates)
      let calls = 0
      for (const { source, update } of updates) {
        const bot = createBareBot({ rate, userId: userId(update) })
        try {
          calls += (await bot.send(update)).length
        } catch (cause) {
          throw new Error(`${source}: ${JSON.stringify(update).slice(0, 500)}`, { cause })
        }
      }
      // A control: the updates did reach the features.
      if (rate === 'ok') expect(calls).toBeGreaterThan(atLeast.calls)
      else expect(calls).toBeGreaterThan(0)
    },
  )
})

describe('malformed updates', () => {
  const sound = text('/start', { chat: GROUP })['message'] as Record<string, unknown>
  const junk = [null, 0, 1, '', 'text', true, [], [null], {}, { id: 'x' }]

  it.each([
    'message',
    'edited_message',
    'channel_post',
    'edited_channel_post',
    'callback_query',
    'inline_query',
    'my_chat_member',
    'chat_member',
    'message_reaction',
    'poll',
    'poll_answer',
    'shipping_query',
    'new_kind',
  ])('%s of any type', async (kind) => {
    const bot = createBareBot()
    for (const content of junk) expect(await bot.send({ update_id: 1, [kind]: content })).toEqual([])
    expect(bot.deeds).toEqual([])
  })

  it.each(Object.keys(sound).concat('reply_to_message', 'sender_chat', 'has', 'isAccessible'))(
    'a message whose %s is missing or of any type is answered soundly or not at all',
    async (key) => {
      const bot = createBareBot()
      const { [key]: _left, ...without } = sound
      const calls = await bot.send({ update_id: 1, message: without })
      for (const content of junk) {
        calls.push(...(await bot.send({ update_id: 1, message: { ...sound, [key]: content } })))
      }
      for (const { params } of calls) {
        expect(params).toMatchObject({
          chat_id: GROUP.id,
          text: expect.any(String),
          reply_parameters: { message_id: expect.any(Number) },
        })
      }
    },
  )

  it('a person whose name is of any type is greeted without it', async () => {
    const bot = createBareBot()
    for (const name of [undefined, null, 5, {}, []]) {
      const [call] = await bot.send(text('/start', { from: { ...ANNA, first_name: name } }))
      expect(call?.params['text']).toBe(texts.en.start(null))
    }
  })

  it.each(['id', 'from', 'message', 'data', 'chat_instance'])(
    'a press whose %s is of any type',
    async (key) => {
      const bot = createBareBot()
      for (const content of junk) await bot.send(press('language:fr', { [key]: content }))
    },
  )

  it('no kind at all, or several at once', async () => {
    const bot = createBareBot()
    expect(await bot.send({ update_id: 1 })).toEqual([])
    expect(await bot.send({})).toEqual([])
    expect(await bot.send({ ...message({ text: '/start' }), ...press('language:fr') })).toEqual([])
  })

  it('a message with keys that would change its prototype is answered all the same', async () => {
    const bot = createBareBot()
    const update: unknown = JSON.parse(
      JSON.stringify(message({ text: '/ping hello', from: ANNA, chat: PRIVATE })).replace(
        '"message_id"',
        '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"message_id"',
      ),
    )
    const [call] = await bot.send(update)
    expect(call?.params['text']).toBe('pong hello\n12 ms')
    expect({}).not.toHaveProperty('polluted')
  })

  it('a kind newer than this bot beside a message changes nothing', async () => {
    const bot = createBareBot()
    const [call] = await bot.send({ ...message({ text: '/ping hello' }), new_field: { a: 1 } })
    expect(call?.params['text']).toBe('pong hello\n12 ms')
  })
})
