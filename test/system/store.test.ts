/** The store is away or answers nonsense: nothing acknowledged is lost, nothing is answered twice. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { FAULTS } from '../support/fault-front.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, openWorld, type World } from '../support/world.ts'

describeSystem('the store is unreachable', () => {
  let world: World
  afterEach(() => world.close())

  it.each(['refused', 'hanging'] as const)(
    '%s: honest answers in time, and health by itself afterwards',
    async (how) => {
      world = await openWorld({ speed: 5 })
      await world.deliver(textUpdate('/ping before', 1))
      await world.drained()
      await world.front.unreachable(how)
      const askedMs = Date.now()
      const update = textUpdate('/ping during', 1)
      const answer = await world.post(update)
      expect(answer.status).toBe(503)
      expect(answer.retryAfterSeconds).toBeGreaterThan(0)
      expect(Date.now() - askedMs).toBeLessThan(5000)
      const health = await world.health()
      expect(health).toMatchObject({ code: 503, body: { status: 'unhealthy', store: { ok: false } } })
      expect(health.durationMs).toBeLessThan(5000)
      const junk = await world.post('{"update_id":')
      expect(junk.status).toBe(503)
      const redelivery = world.deliver(update)
      const later = world.deliver(textUpdate('/ping after', 1))
      await world.front.reachable()
      await redelivery
      await later
      await until('both answers', () => pongs(world.telegram, 1).length >= 3, 20_000)
      expect(pongs(world.telegram, 1)).toEqual(['before', 'during', 'after'])
      await until('health', async () => (await world.health()).body.status === 'healthy')
      await world.drained()
      expect(pongs(world.telegram, 1)).toEqual(['before', 'during', 'after'])
    },
    60_000,
  )
})

describeSystem('a fault at one of the first calls of the store', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld({ speed: 20, env: { LOG_LEVEL: 'debug' } })
  })
  afterAll(() => world.close())

  let chat = 2000
  const cases = [true, false].flatMap((isVirgin) =>
    [1, 2, 3].flatMap((index) => FAULTS.map((fault) => ({ isVirgin, index, fault }))),
  )
  it.each(cases)(
    '$fault at call $index, virgin: $isVirgin',
    async ({ isVirgin, index, fault }) => {
      await until('the server to be quiet', async () => (await world.pending()) === 0)
      if (isVirgin) await erase(world)
      chat++
      const updates = pings(chat, 3)
      world.front.restart((call) => (call.index === index ? fault : null))
      await Promise.all(updates.map((update) => world.deliver(update)))
      await until('all answers', () => pongs(world.telegram, chat).length >= 3, 30_000)
      await world.drained(30_000)
      expect(pongs(world.telegram, chat)).toEqual(tags(chat, 3))
      expect(world.front.hits()).toBe(1)
      expect(world.events('update dead-lettered')).toEqual([])
      for (const secret of Object.values(world.secrets)) expect(world.output()).not.toContain(secret)
    },
    60_000,
  )
})

/** Forgets everything in the store, as if the deployment had just been made. */
async function erase({ store }: World): Promise<void> {
  const keys = (await store.raw.command('KEYS', `${store.prefix}*`)) as Buffer[]
  if (keys.length > 0) await store.raw.command('DEL', ...keys)
}
