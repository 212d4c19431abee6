/**
 * The server is killed with -9 at a named moment of a call to the store or to Telegram, and another one is
 * started. Nothing acknowledged is lost; a message is shown twice only where it had been sent and not settled.
 */
import { expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import type { Moment } from '../support/fault-front.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import { isCall, type Operation } from '../support/store-calls.ts'
import { until } from '../support/until.ts'
import { describeLong, inWorld, type World } from '../support/world.ts'

const LEASE_SECONDS = 5
/** A sweep can follow the one before it after 10 s; then there are two starts of a server, and a slow machine. */
const RECOVERY_MS = (LEASE_SECONDS + 10 + 15) * 1000
const OPTIONS = { speed: 10, isPublic: true, env: { LEASE_SECONDS: String(LEASE_SECONDS) } }
const CHAT = 11

interface Point {
  /** Whose call it is: the store's operation, or a method of Telegram. */
  at: Operation | 'sendMessage' | 'getMe' | 'setWebhook' | 'getWebhookInfo' | 'setMyCommands'
  moment: Moment
}

const MOMENTS: Moment[] = ['received', 'applied', 'answered']
const points = (names: Point['at'][]) => names.flatMap((at) => MOMENTS.map((moment) => ({ at, moment })))

/** Kills the server at the point, once, and starts another; the call that it was at gets no answer. */
function killAt(world: World, { at, moment }: Point): { isOver(): boolean } {
  let state: 'armed' | 'killing' | 'over' = 'armed'
  const strike = async () => {
    state = 'killing'
    await world.server().kill()
    await world.restart()
    state = 'over'
  }
  const watch = async (now: Moment, isIt: () => boolean): Promise<'drop' | null> => {
    if (state !== 'armed' || now !== moment || !isIt()) return null
    // Before its answer the call waits for the death of its caller; what was only received is never applied.
    await strike()
    return moment === 'received' ? 'drop' : null
  }
  world.front.watch((now, call) => watch(now, () => !isMethod(at) && isCall(call, at)))
  world.telegram.watch((now, { method }) => watch(now, () => method === at))
  return { isOver: () => state === 'over' }
}

function isMethod(at: Point['at']): at is Exclude<Point['at'], Operation> {
  return /^(send|get|set)[A-Z]/.test(at)
}

async function warmUp(world: World): Promise<void> {
  await world.deliver(textUpdate('/ping warm', 9))
  await until('the bot to be warm', () => pongs(world.telegram, 9).length === 1)
  await world.drained()
}

/** After the kill: all drained within lease and sweep, with a monitor that asks /health. */
async function recovered(world: World, kill: { isOver(): boolean }): Promise<void> {
  await until('the kill', () => kill.isOver(), 20_000)
  await until(
    'everything to be drained',
    async () => {
      const { body } = await world.health()
      return (await world.pending()) === 0 && body.status === 'healthy'
    },
    RECOVERY_MS,
  )
  expect(world.events('update dead-lettered')).toEqual([])
  expect((await world.health()).body.inbox).toMatchObject({ dead_letters: 0, pending: 0 })
}

/** All three answered in order; how many of the answers were shown twice. */
function duplicates(world: World): number {
  const answered = pongs(world.telegram, CHAT)
  const once = answered.filter((tag, index) => answered.indexOf(tag) === index)
  expect(once).toEqual(tags(CHAT, 3))
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

describeLong('killed with -9', () => {
  it.concurrent.each(points(['accept', 'sendMessage', 'settle']))(
    'when $at is $moment',
    ({ at, moment }) =>
      inWorld(OPTIONS, async (world) => {
        await warmUp(world)
        const kill = killAt(world, { at, moment })
        await Promise.all(pings(CHAT, 3).map((update) => world.deliver(update)))
        await recovered(world, kill)
        const shownTwice = duplicates(world)
        expect(shownTwice).toBeLessThanOrEqual(isSentNotSettled({ at, moment }) ? 1 : 0)
      }),
    60_000,
  )

  it.concurrent.each(points(['fail', 'take']))(
    'when $at is $moment, after a failure of Telegram',
    ({ at, moment }) =>
      inWorld(OPTIONS, async (world) => {
        await warmUp(world)
        const kill = killAt(world, { at, moment })
        world.telegram.refuse('sendMessage', 1, { status: 500, description: 'Internal Server Error' }, CHAT)
        await Promise.all(pings(CHAT, 3).map((update) => world.deliver(update)))
        await recovered(world, kill)
        expect(duplicates(world)).toBeLessThanOrEqual(isSentNotSettled({ at, moment }) ? 1 : 0)
      }),
    60_000,
  )

  it.concurrent.each(points(['claim', 'getMe', 'setWebhook', 'recordSecret', 'getWebhookInfo', 'finish']))(
    'when $at of a restart is $moment, updates waiting',
    ({ at, moment }) =>
      inWorld(OPTIONS, async (world) => {
        await warmUp(world)
        const kill = killAt(world, { at, moment })
        const restart = world.call('POST', '/restart').catch(() => null)
        await until('the kill', () => kill.isOver(), 20_000)
        await restart
        await Promise.all(pings(CHAT, 3).map((update) => world.deliver(update)))
        await recovered(world, kill)
        expect(duplicates(world)).toBe(0)
        const again = await world.call('POST', '/restart')
        expect(again).toMatchObject({ status: 200, json: { restarted: true, complete: true } })
        expect(world.telegram.webhook()['url']).toBe('https://evergram.example/webhook')
      }),
    60_000,
  )
})
