/** Telegram is away, refuses, or slows down; nobody asks /health or /drain meanwhile unless a test says so. */
import { afterEach, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { pings, pongs, sendTogether, tags, warmUp } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, isLong, openWorld, type World } from '../support/world.ts'

/** Tries that fail before Telegram is back, of healing the bot or of one update; the pauses between them grow. */
const TRIES = isLong ? 5 : 2
const LIMIT_MS = TRIES * 60_000

describeSystem('Telegram fails', () => {
  let world: World
  afterEach(() => world.close())

  const healthy = async () => {
    const { code, body } = await world.health()
    expect(body).toMatchObject({ status: 'healthy', bot_status: 'OK', error_count: 0, reasons: [] })
    expect(body.inbox).toMatchObject({ pending: 0, dead_letters: 0 })
    expect(code).toBe(200)
  }

  it.each([
    { isPublic: false, isRestarted: false },
    { isPublic: true, isRestarted: true },
  ])(
    'ten times in ten chats at sending: healed once, public: $isPublic, restarted: $isRestarted',
    async ({ isPublic, isRestarted }) => {
      world = await openWorld({ isPublic })
      if (isRestarted) await world.call('POST', '/restart')
      await warmUp(world)
      const before = world.events('bot reinitialized').length
      world.telegram.refuse('sendMessage', 10, { status: 500, description: 'Internal Server Error' })
      const chats = Array.from({ length: 10 }, (_, index) => 51 + index)
      sendTogether(world.telegram, chats.length)
      await Promise.all(chats.map((chat) => world.deliver(textUpdate(`/ping ten${chat}`, chat))))
      await world.drained()
      for (const chat of chats) expect(pongs(world.telegram, chat)).toEqual([`ten${chat}`])
      expect(world.events('too many errors, reinitializing bot')).toHaveLength(1)
      expect(world.events('bot reinitialized')).toHaveLength(before + 1)
      await healthy()
    },
  )

  it.each([{ isPublic: false }, { isPublic: true }])(
    'at every method, ten messages in ten chats: healed once, public: $isPublic',
    async ({ isPublic }) => {
      world = await openWorld({ isPublic })
      await warmUp(world)
      world.telegram.switches.isDown = true
      const chats = Array.from({ length: 10 }, (_, index) => 51 + index)
      await Promise.all(chats.map((chat) => world.deliver(textUpdate(`/ping ten${chat}`, chat))))
      await until('a try to heal that failed', () => world.events('reinitialization failed').length > 0)
      expect((await world.health()).body).toMatchObject({ status: 'unhealthy', bot_status: 'FAILED' })
      world.telegram.switches.isDown = false
      await world.drained()
      for (const chat of chats) expect(pongs(world.telegram, chat)).toEqual([`ten${chat}`])
      expect(world.events('too many errors, reinitializing bot')).toHaveLength(1)
      expect(world.events('bot reinitialized')).toHaveLength(1)
      expect(world.events('update dead-lettered')).toEqual([])
      await until(
        'Telegram to be looked at again',
        async () => (await world.health()).body.status === 'healthy',
      )
      await healthy()
    },
    180_000,
  )
})

describeSystem('Telegram is down', () => {
  const inShort = [
    { chatCount: 40, each: 1, isWarm: false },
    { chatCount: 4, each: 10, isWarm: true },
    { chatCount: 1, each: 40, isWarm: false },
  ]
  const spread = isLong ? inShort.flatMap((one) => [one, { ...one, isWarm: !one.isWarm }]) : inShort
  it.concurrent.each(spread)(
    'for a while, $each updates in each of $chatCount chats, warm: $isWarm',
    async ({ chatCount, each, isWarm }) => {
      const world = await openWorld()
      try {
        if (isWarm) await warmUp(world)
        world.telegram.switches.isDown = true
        const chats = Array.from({ length: chatCount }, (_, index) => 61 + index)
        for (let index = 0; index < each; index++) {
          const deliveries = await Promise.all(chats.map((chat) => world.post(pings(chat, each)[index])))
          expect(deliveries.map(({ status }) => status)).toEqual(chats.map(() => 200))
        }
        const hasFailedOften = () =>
          world.events('reinitialization failed').length >= TRIES ||
          world.events('update failed').some(({ attempt }) => Number(attempt) >= TRIES)
        await until('the tries to fail', hasFailedOften, LIMIT_MS)
        world.telegram.switches.isDown = false
        await world.drained()
        for (const chat of chats) expect(pongs(world.telegram, chat)).toEqual(tags(chat, each))
        expect(world.events('update dead-lettered')).toEqual([])
        await until('health', async () => (await world.health()).body.status === 'healthy')
      } finally {
        await world.close()
      }
    },
    LIMIT_MS + 60_000,
  )
})
