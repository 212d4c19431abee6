/**
 * The server is killed with -9 at a named moment of a call to the store or to Telegram, and another one is
 * started. Nothing acknowledged is lost; a message is shown twice only where it had been sent and not settled.
 */
import { expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import type { Moment } from '../support/fault-front.ts'
import { letTimePass, readBooks } from '../support/mailbox.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import { isCall } from '../support/store-calls.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld, isLong, type World } from '../support/world.ts'

const LEASE_SECONDS = 5
/** A sweep can follow the one before it after 10 s; then there are two starts of a server, and a busy machine. */
const RECOVERY_MS = (LEASE_SECONDS + 10 + 90) * 1000
const OPTIONS = { speed: 20, isPublic: true, env: { LEASE_SECONDS: String(LEASE_SECONDS) } }

interface Point {
  /** What is called: a script by its name, or a method of Telegram. */
  at: string
  moment: Moment
}

const MOMENTS: Moment[] = ['received', 'applied', 'answered']
/** The calls that name the chat that they are for. */
const CHAT_CALLS: readonly string[] = ['accept', 'take', 'settle', 'fail']
const LIMIT_MS = 300_000
const points = (names: string[]) => names.flatMap((at) => MOMENTS.map((moment) => ({ at, moment })))

/**
 * Kills the server at the point, once, and starts another; the call that it was at gets no answer. What the new
 * server would have to wait for is over, except in the long form, where it waits.
 */
function killAt(world: World, { at, moment }: Point, chat: number): { isOver(): boolean } {
  let state: 'armed' | 'killing' | 'over' = 'armed'
  const strike = async () => {
    state = 'killing'
    await world.server().kill()
    if (!isLong) await letTimePass(world)
    await world.restart()
    state = 'over'
  }
  const watch = async (now: Moment, isIt: () => boolean): Promise<'drop' | null> => {
    if (state !== 'armed' || now !== moment || !isIt()) return null
    // Before its answer the call waits for the death of its caller; what was only received is never applied.
    await strike()
    return moment === 'received' ? 'drop' : null
  }
  const word = CHAT_CALLS.includes(at) ? String(chat) : undefined
  world.front.watch((now, call) => watch(now, () => !isMethod(at) && isCall(call, at, word)))
  world.telegram.watch((now, { method }) => watch(now, () => method === at))
  return { isOver: () => state === 'over' }
}

function isMethod(at: string): boolean {
  return /^(send|get|set)[A-Z]/.test(at)
}

/** After the kill: all drained within lease and sweep, with a monitor that asks /health. */
async function recovered(world: World, kill: { isOver(): boolean }): Promise<void> {
  await until('the kill', () => kill.isOver())
  await until(
    'everything to be drained',
    async () => {
      const { body } = await world.health()
      return (await world.pending()) === 0 && body.status === 'healthy'
    },
    RECOVERY_MS,
  )
  const books = await readBooks(world)
  expect(books).toMatchObject({ accepted: books.settled, pending: 0, dead: 0, faults: '' })
}

/** All three answered in order; how many of the answers were shown twice. */
function duplicates(world: World, chat: number): number {
  const answered = pongs(world.telegram, chat)
  const once = answered.filter((tag, index) => answered.indexOf(tag) === index)
  expect(once).toEqual(tags(chat, 3))
  return answered.length - once.length
}

/**
 * Where a message had reached Telegram and its settlement had not reached the store; or could have, because an
 * answer sets the server going before it dies.
 */
function isSentNotSettled({ at, moment }: Point): boolean {
  if (moment === 'answered') return at !== 'fail'
  return `${at} ${moment}` === 'sendMessage applied' || `${at} ${moment}` === 'settle received'
}

describeSystem('killed with -9', () => {
  const OF_A_CHAT = points(['accept', 'sendMessage', 'settle'])
  const OF_A_FAILURE = points(['fail', 'take'])
  const RESTART_CALLS = [
    'claim-heal',
    'getMe',
    'setWebhook',
    'record-secret',
    'getWebhookInfo',
    'finish-heal',
  ]
  /** The short form takes each call at one of its moments. */
  const OF_A_RESTART = points(RESTART_CALLS).filter(
    ({ at, moment }) => isLong || MOMENTS.indexOf(moment) === RESTART_CALLS.indexOf(at) % MOMENTS.length,
  )
  let nextChat = 20

  /** One kill after the other in one world, each in a chat of its own; names the point that failed. */
  const eachIn = (list: Point[], run: (world: World, point: Point, chat: number) => Promise<void>) =>
    inWorld(OPTIONS, async (world) => {
      await world.deliver(textUpdate('/ping warm', 9))
      await until('the bot to be warm', () => pongs(world.telegram, 9).length === 1)
      await world.drained()
      for (const point of list) {
        await run(world, point, nextChat++).catch((cause: unknown) => {
          throw new Error(`when ${point.at} is ${point.moment}: ${String(cause)}`, { cause })
        })
      }
    })

  const delivered = async (world: World, point: Point, chat: number) => {
    const kill = killAt(world, point, chat)
    await Promise.all(pings(chat, 3).map((update) => world.deliver(update)))
    await recovered(world, kill)
    expect(duplicates(world, chat)).toBeLessThanOrEqual(isSentNotSettled(point) ? 1 : 0)
  }

  it.concurrent('at each call for a chat', () => eachIn(OF_A_CHAT, delivered), LIMIT_MS)

  it.concurrent(
    'at each call after a failure of Telegram',
    () =>
      eachIn(OF_A_FAILURE, async (world, point, chat) => {
        world.telegram.refuse('sendMessage', 1, { status: 500, description: 'Internal Server Error' }, chat)
        await delivered(world, point, chat)
      }),
    LIMIT_MS,
  )

  // I6: it is counted when it is taken, because it never comes to the point of failing.
  it.concurrent(
    'whenever it processes one update: that one ends as a dead letter, the others are answered',
    () =>
      inWorld({ ...OPTIONS, env: { ...OPTIONS.env, MAX_ATTEMPTS: '1' } }, async (world) => {
        const [poisoned, other] = [61, 62]
        await world.deliver(textUpdate('/ping warm', 9))
        await until('the bot to be warm', () => pongs(world.telegram, 9).length === 1)
        let deaths = 0
        world.telegram.watch(async (moment, { params }) => {
          if (moment !== 'received' || !String(params['text']).startsWith('pong poison')) return null
          // Whoever is in flight beside it dies with it, and would only be counted, too.
          await until('it and those behind it to be all that is left', async () => {
            return world.telegram.acknowledged.length === sent.length + 1 && (await world.pending()) === 4
          })
          await world.server().kill()
          deaths++
          return 'drop'
        })
        const poison = textUpdate('/ping poison', poisoned)
        const sent = [poison, ...pings(poisoned, 3), ...pings(other, 3)]
        const deliveries = sent.map((update) => world.deliver(update))
        // Twice as many takes as attempts are forgiven, since a deployment kills what is in flight, too.
        for (let death = 1; death <= 2; death++) {
          await until(`death ${death}`, () => deaths === death)
          await letTimePass(world)
          await world.restart()
          if (death === 2) break
          void world.call('POST', '/drain').catch(() => null)
        }
        await Promise.all(deliveries)
        const drained = async () => {
          await world.health().catch(() => null)
          expect(deaths, 'deaths').toBe(2)
          return (await world.pending()) === 0
        }
        await until('everything to be drained', drained, RECOVERY_MS)
        expect(pongs(world.telegram, poisoned)).toEqual(tags(poisoned, 3))
        expect(pongs(world.telegram, other)).toEqual(tags(other, 3))
        const books = await readBooks(world)
        expect(books).toMatchObject({
          accepted: sent.length + 1,
          settled: sent.length,
          pending: 0,
          dead: 1,
          faults: '',
        })
        const { json } = await world.call('GET', '/dead-letters')
        expect(JSON.stringify(json)).toContain(`"${poison.update_id}"`)
        const told = world.telegram.textsIn(poisoned).filter((text) => !text.startsWith('pong'))
        expect(told, 'its sender is told once').toHaveLength(1)
      }),
    LIMIT_MS,
  )

  it.concurrent(
    'at each call of a restart, updates waiting',
    () =>
      eachIn(OF_A_RESTART, async (world, point, chat) => {
        const kill = killAt(world, point, chat)
        const restart = world.call('POST', '/restart').catch(() => null)
        await until('the kill', () => kill.isOver())
        await restart
        await Promise.all(pings(chat, 3).map((update) => world.deliver(update)))
        await recovered(world, kill)
        expect(duplicates(world, chat)).toBe(0)
        const again = await world.call('POST', '/restart')
        expect(again).toMatchObject({ status: 200, json: { restarted: true, complete: true } })
        expect(world.telegram.webhook()['url']).toBe('https://evergram.example/webhook')
      }),
    LIMIT_MS,
  )
})
