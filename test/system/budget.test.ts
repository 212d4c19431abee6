/** What an update costs: round trips to the store, and the commands that the store bills. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { startMonitor } from '../support/inbox-monitor.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import { isCall } from '../support/store-calls.ts'
import { until } from '../support/until.ts'
import { describeSystem, openWorld, type World } from '../support/world.ts'

/** Redis commands an update, inner commands of scripts counted. */
const COMMANDS = 14
const CHATS = [11, 12, 13, 14, 15]
const EACH = 20
const COUNT = CHATS.length * EACH

describeSystem('the budget', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  /** Everything imported, initialised and swept, so that nothing but the update itself costs anything. */
  const warm = async () => {
    await world.deliver(textUpdate('/ping warm', 1))
    await world.drained()
    await world.call('POST', '/drain')
  }

  /** What the store executed for this world meanwhile: scripts, and their inner commands. */
  const commandsDuring = async (work: () => Promise<unknown>) => {
    const monitor = await startMonitor(world.redisPort)
    const calls = await monitor.during(work)
    monitor.close()
    const ours = calls.filter(({ keys }) => keys.some((key) => key.startsWith(world.store.prefix)))
    return ours.reduce((sum, { inner }) => sum + 1 + inner.length, 0)
  }

  it('of one /ping is one call before the 200 and one after it', async () => {
    await warm()
    let isAcked = false
    world.telegram.watch((moment) => moment === 'received' && until('the 200 to be seen', () => isAcked))
    world.front.restart()
    expect(await world.post(textUpdate('/ping one', 2))).toMatchObject({ status: 200 })
    const before = world.front.count()
    isAcked = true
    await until('the answer', () => pongs(world.telegram, 2).includes('one'))
    await world.drained()
    const bodies = world.front.bodies.map((body, index) => ({ index, body }))
    world.telegram.watch(() => {})
    console.info(`round trips of a /ping: ${before} before the 200, ${bodies.length - before} after`)
    expect([before, bodies.length]).toEqual([1, 2])
    expect(bodies.map((call) => [isCall(call, 'accept'), isCall(call, 'settle')])).toEqual([
      [true, false],
      [false, true],
    ])
  })

  it(`of a lone /ping is at most ${COMMANDS} commands`, async () => {
    await warm()
    const counts: number[] = []
    for (const chat of [3, 4, 3, -5]) {
      const count = await commandsDuring(async () => {
        await world.deliver(textUpdate('/ping lone', chat))
        await world.drained()
      })
      counts.push(count)
    }
    console.info(`commands of a lone /ping: ${counts.join(', ')}`)
    for (const count of counts) expect(count).toBeLessThanOrEqual(COMMANDS)
    // A control: accept and settle were seen, with their inner commands.
    for (const count of counts) expect(count).toBeGreaterThan(4)
  })

  it.each([0, 10])(
    `of ${COUNT} pings in 5 chats is at most ${COMMANDS} commands and about 2 calls each, the limit of requests at %d`,
    async (limit) => {
      // Not a limit that anybody reaches, but one that is counted.
      const other = limit === 0 ? world : await openWorld({ env: { RATE_LIMIT_REQUESTS: '1000' } })
      try {
        const chats = CHATS.map((chat) => chat + limit)
        await other.deliver(textUpdate('/ping warm', 1))
        await other.drained()
        await other.call('POST', '/drain')
        other.front.restart()
        const monitor = await startMonitor(other.redisPort)
        const calls = await monitor.during(async () => {
          await Promise.all(chats.flatMap((chat) => pings(chat, EACH).map((update) => other.deliver(update))))
          await other.drained()
        })
        monitor.close()
        for (const chat of chats) expect(pongs(other.telegram, chat)).toEqual(tags(chat, EACH))
        const ours = calls.filter(({ keys }) => keys.some((key) => key.startsWith(other.store.prefix)))
        const commands = ours.reduce((sum, { inner }) => sum + 1 + inner.length, 0)
        const [average, trips] = [commands / COUNT, other.front.count() / COUNT]
        console.info(`of ${COUNT} pings in 5 chats: ${average} commands and ${trips} round trips each`)
        expect(average).toBeLessThanOrEqual(COMMANDS)
        // A sweep, an adoption or a renewal now and then comes on top.
        expect(trips).toBeLessThan(2.3)
        expect(trips).toBeGreaterThanOrEqual(2)
      } finally {
        if (other !== world) await other.close()
      }
    },
    180_000,
  )
})
