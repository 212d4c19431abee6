/**
 * kill -9 under load, at every named crash point and at random times: nothing that was answered with 200 is lost.
 * KILL_SEED repeats the draws of a run that failed: which deaths, in which order, when.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { CRASH_POINTS, type CrashPoint } from '../../lib/dev/crash-points.ts'
import { textUpdate, type Delivery } from '../support/fake-telegram.ts'
import { watchFences, type Fences } from '../support/fences.ts'
import { letTimePass, readBooks } from '../support/mailbox.ts'
import { pings, pongs } from '../support/pings.ts'
import { createDraws, createSeeds, shuffled } from '../support/seeds.ts'
import { until } from '../support/until.ts'
import { describeSystem, isLong, openWorld, type World } from '../support/world.ts'

const CHATS = [301, 302, 303, 304, -305]
const POINTS = Object.keys(CRASH_POINTS) as CrashPoint[]
/** A set of kills: each point once, the rest at random times. */
const SET = POINTS.length + (isLong ? 9 : 1)
const soakMs = Number(process.env['EVERGRAM_SOAK_MINUTES'] ?? 0) * 60_000
/** True when this many kills, the first of them so long ago, are enough. A soak does 200 whatever its time. */
const isEnough = (kills: number, ms: number) => kills >= (isLong ? 10 : 1) * SET && ms >= soakMs
/** In the long form one of so many recoveries waits for the lease as it is, with nothing set forward. */
const REAL_WAIT_EACH = 20
const LEASE_SECONDS = 5
/** A sweep can follow the one before it after this. */
const SWEEP_MS = 10_000
/** How much longer than lease and sweep a slow machine may take over what is left. */
const MARGIN_MS = 60_000
const OPTIONS = { env: { LEASE_SECONDS: String(LEASE_SECONDS) } }

const { KILL_SEED } = process.env
const seed = KILL_SEED === undefined ? createSeeds(6_000_000)() : Number(KILL_SEED)
const draw = createDraws(seed)
const long = isLong ? 'EVERGRAM_LONG=1 ' : ''
const repeat = `repeat it with ${long}KILL_SEED=${seed} npm test -- test/system/kill.test.ts`

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
        await until('the load to flow again', () => isFlowing || over.signal.aborted)
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
      await until('the deliveries to end', () => idle === CHATS.length)
    },
    async end() {
      over.abort()
      isFlowing = true
      await Promise.all(chats)
      await Promise.all(deliveries)
    },
  }
}

interface Books {
  load: Load
  fences: Fences
  /** Chat -> how many answers had been shown twice at the last audit. */
  twice: Map<number, number>
}

/**
 * I1 to I4, at any moment, also while nobody serves; I6 where an update kills its worker is in kill-points.
 * @param most how many answers of a chat may have been shown twice since the last audit
 */
async function audit(world: World, { load, fences, twice }: Books, most: number, what: string) {
  const books = await readBooks(world)
  expect(books.faults, what).toBe('')
  expect(books.accepted, what).toBe(books.settled + books.pending + books.dead)
  expect(books.dead, what).toBe(0)
  const acknowledged = world.telegram.acknowledged.length
  expect(books.accepted, what).toBeGreaterThanOrEqual(acknowledged)
  expect(books.accepted, what).toBeLessThanOrEqual(load.deliveries.length)
  expect(fences.faults, what).toEqual([])
  for (const chat of CHATS) {
    const answered = pongs(world.telegram, chat)
    const once = [...new Set(answered)]
    // A chat's messages are accepted in the order of their numbers, and so they are answered.
    expect(once, what).toEqual(once.map((_, index) => `k${chat}-${index}`))
    expect(once.length).toBeLessThanOrEqual(load.sent.get(chat) ?? 0)
    // What was shown twice was shown twice in a row.
    const runs = answered.filter((tag, at) => tag !== answered[at - 1])
    expect(runs, what).toEqual(once)
    const shown = answered.length - once.length
    expect(shown - (twice.get(chat) ?? 0), `shown twice in ${chat}, ${what}`).toBeLessThanOrEqual(most)
    twice.set(chat, shown)
  }
}

/** Ends the server at a random time, or starts one that dies at a point. Nothing is under way before. */
async function dieAt(world: World, load: Load, point: CrashPoint | null): Promise<string> {
  const nth = Math.ceil(draw() * (point === 'during-heal' ? 5 : 12))
  const delayMs = Math.round(5 + draw() * 300)
  const single = point === 'during-sweep' || point?.endsWith('fail') || point === 'failed'
  const at = point && (single ? point : `${point}:${nth}`)
  if (at) {
    await world.server().kill()
    await world.restart({ EVERGRAM_CRASH_AT: at })
  }
  const before = world.telegram.acknowledged.length
  load.flow()
  if (point === null) {
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
    'many times under load, at each crash point: nothing acknowledged is lost, at most one duplicate a kill and chat',
    async ({ onTestFinished }) => {
      const startMs = Date.now()
      const world = await openWorld({ ...OPTIONS, isPublic: true, speed: 20 })
      onTestFinished(() => world.close())
      world.telegram.switches.latencyMs = 5
      const load = startLoad(world)
      const books = { load, fences: watchFences(world, CHATS), twice: new Map<number, number>() }
      console.info(`kill -9: ${repeat}`)
      await until('the bot to be warm', () => pongs(world.telegram, 301).length > 0)
      await load.stop()
      await world.drained()
      let kills = 0
      let deaths: (CrashPoint | null)[] = []
      while (!isEnough(kills, Date.now() - startMs)) {
        if (deaths.length === 0) {
          const set = Array.from({ length: SET }, (_, index) => POINTS[index] ?? null)
          deaths = shuffled(set, draw)
        }
        const point = deaths.pop() ?? null
        const what = `kill ${++kills} ${await dieAt(world, load, point)}; ${repeat}`
        await books.fences.quiet()
        // The dead send nothing twice; who follows them can, once in each chat.
        await audit(world, books, 0, what)
        const waits = isLong && kills % REAL_WAIT_EACH === 0
        if (!waits) await letTimePass(world)
        await world.restart()
        await load.stop()
        // I5: once faults stop, everything drains. Where the lease is over, one question of a monitor is enough;
        // else it asks again and again until lease and sweep are over.
        await world.health()
        const drained = async () => {
          if (waits) await world.health()
          return (await world.pending()) === 0
        }
        const withinMs = (waits ? LEASE_SECONDS * 1000 + SWEEP_MS : 0) + MARGIN_MS
        await until(`everything to be drained, ${what}`, drained, withinMs)
        await audit(world, books, 1, what)
        expect(pongs(world.telegram, 301).at(-1), what).toBe(`k301-${(load.sent.get(301) ?? 0) - 1}`)
      }
      await load.end()
      await until('everything to be drained', async () => (await world.health()).body.inbox?.pending === 0)
      const count = load.deliveries.length
      expect(await readBooks(world)).toMatchObject({ accepted: count, settled: count })
      for (const chat of CHATS) {
        expect(new Set(pongs(world.telegram, chat)).size).toBe(load.sent.get(chat))
        expect(books.fences.count(chat), 'fences seen').toBeGreaterThan(kills / 2)
      }
      const duplicates = [...books.twice.values()].reduce((sum, each) => sum + each, 0)
      console.info(
        `kill -9: ${kills} kills, ${load.deliveries.length} acknowledged, 0 lost, ${duplicates} shown twice, ` +
          `${Math.round((Date.now() - startMs) / 1000)} s`,
      )
    },
    soakMs + (isLong ? 900_000 : 600_000),
  )

  it.concurrent('during the very first initialisation: recovers within lease and sweep', async ({
    onTestFinished,
  }) => {
    const world = await openWorld(OPTIONS)
    onTestFinished(() => world.close())
    world.telegram.switches.isHanging = true
    for (const update of pings(311, 2)) await world.deliver(update)
    await until('getMe', () => world.telegram.countOf('getMe') > 0)
    await world.server().kill()
    const killedMs = Date.now()
    world.telegram.switches.isHanging = false
    await world.restart()
    const readyMs = Date.now()
    await until(
      'the answers',
      async () => {
        await world.health()
        return pongs(world.telegram, 311).length === 2
      },
      180_000,
    )
    // By the server's own clock: what this process takes to start one and to look is no part of it.
    const lines = () => world.events('update processed')
    await until('the lines of both', () => lines().length === 2)
    const processed = lines().map(({ time }) => Date.parse(String(time)))
    const leaseEndMs = Math.max(readyMs, killedMs + LEASE_SECONDS * 1000)
    expect(Math.max(...processed) - leaseEndMs).toBeLessThan(SWEEP_MS + MARGIN_MS)
    await until('health', async () => (await world.health()).body.status === 'healthy')
  }, 180_000)
})
