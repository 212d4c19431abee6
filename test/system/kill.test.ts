/** kill -9 under load, at every named crash point and at random times: nothing that was answered with 200 is lost. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { CRASH_POINTS, type CrashPoint } from '../../lib/dev/crash-points.ts'
import { textUpdate, type Delivery } from '../support/fake-telegram.ts'
import { letTimePass, readBooks } from '../support/mailbox.ts'
import { pings, pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, isLong, openWorld, type World } from '../support/world.ts'

const CHATS = [301, 302, 303, 304, -305]
const POINTS = Object.keys(CRASH_POINTS) as CrashPoint[]
/** A set of kills: each point once, the rest at random times. */
const SET = 20
const soakMs = Number(process.env['EVERGRAM_SOAK_MINUTES'] ?? 0) * 60_000
/** True when this many kills, the first of them so long ago, are enough. A soak does 200 whatever its time. */
const isEnough = (kills: number, ms: number) => kills >= (isLong ? 10 : 1) * SET && ms >= soakMs
/** In the long form one of so many recoveries waits for the lease as it is, with nothing set forward. */
const REAL_WAIT_EACH = 20

type Load = ReturnType<typeof startLoad>

/** Messages in five chats, one at a time in each, for as long as it flows. */
function startLoad(world: World) {
  const over = new AbortController()
  const deliveries: Promise<Delivery>[] = []
  const sent = new Map(CHATS.map((chat) => [chat, 0]))
  let isFlowing = true
  let idle = 0
  const chats = CHATS.map(async (chat) => {
    while (!over.signal.aborted) {
      if (!isFlowing) {
        idle++
        await until('the load to flow again', () => isFlowing || over.signal.aborted, 60_000)
        idle--
        continue
      }
      const index = sent.get(chat) ?? 0
      sent.set(chat, index + 1)
      const delivery = world.telegram.queue(world.target, textUpdate(`/ping k${chat}-${index}`, chat))
      deliveries.push(delivery)
      await delivery
      await pause(3)
    }
  })
  return {
    deliveries,
    /** How many messages of a chat were given to the server, in the order of their numbers. */
    sent,
    flow: () => void (isFlowing = true),
    /** Resolves once every delivery has ended with a 2xx. */
    async stop() {
      isFlowing = false
      await until('the deliveries to end', () => idle === CHATS.length, 30_000)
    },
    async end() {
      over.abort()
      isFlowing = true
      await Promise.all(chats)
      await Promise.all(deliveries)
    },
  }
}

/** I1 to I4 and I6, at any moment: also while nobody serves. @returns how many answers were shown twice */
async function audit(world: World, load: Load, kills: number, what: string): Promise<number> {
  const books = await readBooks(world)
  expect(books.faults, what).toBe('')
  expect(books.accepted, what).toBe(books.settled + books.pending + books.dead)
  expect(books.dead, what).toBe(0)
  const acknowledged = world.telegram.acknowledged.length
  expect(books.accepted, what).toBeGreaterThanOrEqual(acknowledged)
  expect(books.accepted, what).toBeLessThanOrEqual(load.deliveries.length)
  let duplicates = 0
  for (const chat of CHATS) {
    const answered = pongs(world.telegram, chat)
    const once = [...new Set(answered)]
    // A chat's messages are accepted in the order of their numbers, and so they are answered.
    expect(once, what).toEqual(once.map((_, index) => `k${chat}-${index}`))
    expect(once.length).toBeLessThanOrEqual(load.sent.get(chat) ?? 0)
    // What was shown twice was shown twice in a row.
    const runs = answered.filter((tag, at) => tag !== answered[at - 1])
    expect(runs, what).toEqual(once)
    expect(answered.length - once.length, what).toBeLessThanOrEqual(kills)
    duplicates += answered.length - once.length
  }
  return duplicates
}

/** Ends the server at a random time, or starts one that dies at a point. */
async function dieAt(world: World, point: CrashPoint | null): Promise<string> {
  const nth = Math.ceil(Math.random() * (point === 'during-heal' ? 5 : 12))
  const single = point === 'during-sweep' || point?.endsWith('fail') || point === 'failed'
  const at = point && (single ? point : `${point}:${nth}`)
  if (at) {
    await world.server().kill()
    await world.restart({ EVERGRAM_CRASH_AT: at })
  }
  const before = world.telegram.acknowledged.length
  if (point === null) {
    const delayMs = Math.round(5 + Math.random() * 300)
    await until('the load to flow', () => world.telegram.acknowledged.length > before)
    await pause(delayMs)
    await world.server().kill()
    return `after ${delayMs} ms`
  }
  if (point === 'during-sweep') {
    // A chat that the index names and that needs nobody: a sweep finds it.
    await world.store.raw.command('ZADD', `${world.store.prefix}:due:3`, '1', '399')
    void world.call('POST', '/drain').catch(() => null)
  }
  if (point === 'during-heal') void world.call('POST', '/restart').catch(() => null)
  if (point === 'before-fail' || point === 'failed') {
    world.telegram.refuse('sendMessage', 1, { status: 500, description: 'Internal Server Error' })
  }
  let isOver = false
  void world.server().ended.then(() => (isOver = true))
  await until(`the server to die at ${point}`, () => isOver)
  expect(await world.server().ended).toBe('SIGKILL')
  return `at ${at}`
}

describeSystem('kill -9', () => {
  it.concurrent(
    'twenty times under load, at each crash point: nothing acknowledged is lost, at most one duplicate a kill and chat',
    async ({ onTestFinished }) => {
      const startMs = Date.now()
      const world = await openWorld({ env: { LEASE_SECONDS: '5' }, isPublic: true, speed: 20 })
      onTestFinished(() => world.close())
      world.telegram.switches.latencyMs = 5
      const load = startLoad(world)
      await until('the bot to be warm', () => pongs(world.telegram, 301).length > 0)
      let kills = 0
      let duplicates = 0
      let deaths: (CrashPoint | null)[] = []
      while (!isEnough(kills, Date.now() - startMs)) {
        if (deaths.length === 0) {
          deaths = Array.from({ length: SET }, (_, index) => POINTS[index] ?? null)
          deaths.sort(() => Math.random() - 0.5)
        }
        const point = deaths.pop() ?? null
        load.flow()
        const what = await dieAt(world, point)
        kills++
        await audit(world, load, kills + 1, what)
        if (!isLong || kills % REAL_WAIT_EACH !== 0) await letTimePass(world)
        await world.restart()
        await load.stop()
        // I5: once faults stop, everything drains, a monitor's questions being all that happens.
        const drained = async () => {
          await world.health()
          await pause(50)
          return (await world.pending()) === 0
        }
        await until(`everything to be drained, ${what}`, drained, 30_000)
        duplicates = await audit(world, load, kills + 1, what)
        expect(pongs(world.telegram, 301).at(-1), what).toBe(`k301-${(load.sent.get(301) ?? 0) - 1}`)
      }
      await load.end()
      await until('everything to be drained', async () => (await world.health()).body.inbox?.pending === 0)
      const books = await readBooks(world)
      expect(books).toMatchObject({ accepted: load.deliveries.length, settled: load.deliveries.length })
      for (const chat of CHATS) {
        expect(new Set(pongs(world.telegram, chat)).size).toBe(load.sent.get(chat))
      }
      console.info(
        `kill -9: ${kills} kills, ${load.deliveries.length} acknowledged, 0 lost, ${duplicates} shown twice, ` +
          `${Math.round((Date.now() - startMs) / 1000)} s`,
      )
    },
    soakMs + (isLong ? 900_000 : 300_000),
  )

  it.concurrent('during the very first initialisation: recovers within lease and sweep', async ({
    onTestFinished,
  }) => {
    const world = await openWorld({ env: { LEASE_SECONDS: '5' } })
    onTestFinished(() => world.close())
    world.telegram.switches.isHanging = true
    for (const update of pings(311, 2)) await world.deliver(update)
    await until('getMe', () => world.telegram.countOf('getMe') > 0)
    await world.server().kill()
    world.telegram.switches.isHanging = false
    await world.restart()
    const startMs = Date.now()
    await until(
      'the answers',
      async () => {
        await world.health()
        return pongs(world.telegram, 311).length === 2
      },
      80_000,
    )
    expect(Date.now() - startMs).toBeLessThan(20_000)
    await until('health', async () => (await world.health()).body.status === 'healthy')
  }, 100_000)
})
