/** The limit of requests a user, with its default setting. */
import { expect, it } from 'vitest'
import { texts } from '../../lib/bot/texts/index.ts'
import { textUpdate } from '../support/fake-telegram.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld } from '../support/world.ts'

const DEFAULT = { env: { RATE_LIMIT_REQUESTS: '' } }
const NOTICE = texts.en.tooFast

describeSystem('twelve messages in a minute', () => {
  it.concurrent('ten are answered, one notice, then silence; others are not concerned', () =>
    inWorld(DEFAULT, async (world) => {
      for (const update of pings(51, 12)) await world.deliver(update)
      await world.deliver(textUpdate('/ping other', 52))
      await until('the other user', () => pongs(world.telegram, 52).includes('other'))
      await world.drained()
      expect(pongs(world.telegram, 51)).toEqual(tags(51, 10))
      expect(world.telegram.textsIn(51).slice(10)).toEqual([NOTICE])
      expect((await world.health()).body).toMatchObject({ error_count: 0, inbox: { dead_letters: 0 } })
    }))

  it.concurrent('a user in two chats shares the limit; two users in one chat do not', () =>
    inWorld(DEFAULT, async (world) => {
      const from = { id: 61, is_bot: false, first_name: 'Vera', language_code: 'en' }
      for (const update of pings(61, 6)) await world.deliver(update)
      for (let index = 0; index < 6; index++) {
        await world.deliver(textUpdate(`/ping group${index}`, -62, { from }))
      }
      // Another member of the same group.
      await world.deliver(textUpdate('/ping member', -62))
      await until('the other member', () => pongs(world.telegram, -62).includes('member'))
      await world.drained()
      expect(pongs(world.telegram, 61)).toEqual(tags(61, 6))
      expect(pongs(world.telegram, -62)).toEqual(['group0', 'group1', 'group2', 'group3', 'member'])
      const notices = [61, -62].flatMap((chat) => world.telegram.textsIn(chat)).filter((t) => t === NOTICE)
      expect(notices).toHaveLength(1)
    }))

  it.concurrent('a redelivery does not count', () =>
    inWorld(DEFAULT, async (world) => {
      for (const update of pings(71, 10)) {
        expect(await world.post(update)).toMatchObject({ status: 200 })
        expect(await world.post(update)).toMatchObject({ status: 200 })
      }
      await world.drained()
      expect(world.telegram.textsIn(71)).toHaveLength(10)
      expect(pongs(world.telegram, 71)).toEqual(tags(71, 10))
    }))

  it.concurrent('the window over, the user is answered again', () =>
    inWorld({ env: { ...DEFAULT.env, RATE_LIMIT_WINDOW_SECONDS: '2' } }, async (world) => {
      await Promise.all(pings(81, 12).map((update) => world.post(update)))
      await until('the notice', () => world.telegram.textsIn(81).includes(NOTICE))
      let count = 0
      await until('an answer again', async () => {
        await world.deliver(textUpdate(`/ping later${count++}`, 81))
        await world.drained()
        return pongs(world.telegram, 81).some((tag) => tag.startsWith('later'))
      })
      expect(world.telegram.textsIn(81).filter((t) => t === NOTICE)).toHaveLength(1)
    }))
})
