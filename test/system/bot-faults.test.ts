/** Every call of the store that concerns the whole bot, hit by each fault: restarts, drains, health, alerts, a new deployment. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  forgetLook,
  hasFailed,
  longUnhealthy,
  lookedAfter,
  stateOf,
  takenOver,
} from '../support/bot-times.ts'
import { textUpdate } from '../support/fake-telegram.ts'
import { oneByOne, type Scenario } from '../support/fault-cases.ts'
import { openFaulty, type FaultyWorld } from '../support/faulty-world.ts'
import { letTimePass, parkedUntilMs } from '../support/mailbox.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import { isCall } from '../support/store-calls.ts'
import { until } from '../support/until.ts'
import { describeSystem, isLong } from '../support/world.ts'

const ADMIN = 901
/** Errors of many chats that do not add up to a re-initialisation. */
const OPTIONS = {
  isPublic: true,
  env: { ERROR_THRESHOLD: '1000000', ADMIN_TELEGRAM_IDS: String(ADMIN), STORE_TRY_TIMEOUT_MS: '1500' },
}
/** How many share the cases. */
const WORLDS = isLong ? 8 : 4
/** How many faults each call meets, of twelve: the usual run has to leave time for the others. */
const FAULTS_EACH = isLong ? undefined : 1
const told = ({ telegram }: FaultyWorld) => telegram.textsIn(ADMIN).length

/** Runs what must tell the administrators once. */
async function tellingOnce(world: FaultyWorld, what: RegExp, run: () => Promise<void>): Promise<void> {
  const before = told(world)
  await run()
  await until('the alert', () => told(world) > before)
  await world.quiet()
  expect(told(world)).toBe(before + 1)
  expect(world.telegram.textsIn(ADMIN).at(-1)).toMatch(what)
}

const restart: Scenario = {
  name: 'a restart',
  of: 'claim-heal',
  prepare: lookedAfter,
  async run(world) {
    const { telegram, store } = world
    const epoch = Number(await stateOf(world, 'epoch'))
    const webhooks = telegram.countOf('setWebhook')
    expect(await world.call('POST', '/restart')).toMatchObject({
      status: 200,
      json: { restarted: true, complete: true, epoch: epoch + 1 },
    })
    expect(await stateOf(world, 'epoch')).toBe(String(epoch + 1))
    expect(telegram.countOf('setWebhook')).toBe(webhooks + 1)
    expect(await store.raw.command('EXISTS', `${store.prefix}:heal`)).toBe(0)
  },
}

/** Telegram takes so long that the claim must be kept. */
const slowRestart: Scenario = {
  name: 'a slow restart',
  of: 'keep-heal',
  async prepare(world) {
    await lookedAfter(world)
    let isKept = false
    world.front.watch((moment, call) => {
      if (moment === 'answered' && isCall(call, 'keep-heal')) isKept = true
    })
    world.telegram.watch(async (moment, { method }) => {
      if (moment === 'received' && method === 'getMe') await until('the claim to be kept', () => isKept)
    })
  },
  async run(world, number, fault) {
    await restart.run(world, number, fault)
    world.telegram.watch(() => {})
  },
}

/** Always this one: limits of two chats would throttle the bot. */
const PARKED = 9100
const answersOf = ({ telegram }: FaultyWorld, number: number) =>
  pongs(telegram, PARKED).filter((tag) => tag.startsWith(`n${number}-`))

/** Parks a mailbox of two updates, whose time then comes. */
const park = async (world: FaultyWorld, number: number) => {
  await lookedAfter(world)
  world.telegram.limit(PARKED, 3600)
  await Promise.all(pings(PARKED, 2, `n${number}-`).map((update) => world.deliver(update)))
  const parkedMs = () => parkedUntilMs(world, PARKED)
  await until('the mailbox to be parked', async () => (await parkedMs()) > Date.now() + 60_000)
  world.telegram.limit(PARKED, 0)
  await world.quiet()
  await letTimePass(world)
}

const drainedBy = (ask: (world: FaultyWorld) => ReturnType<FaultyWorld['call']>): Scenario => ({
  name: 'a drain',
  of: 'take',
  prepare: park,
  async run(world, number) {
    const { status, json } = await ask(world)
    expect([status, json['mailboxes']]).toEqual([200, 1])
    expect(answersOf(world, number)).toEqual(tags(PARKED, 2, `n${number}-`))
    expect(await world.pending()).toBe(0)
  },
})
const drain = drainedBy((world) => world.call('POST', '/drain'))
const cron: Scenario = {
  ...drainedBy((world) => world.call('GET', '/drain', { token: world.secrets.cronSecret })),
  name: 'a drain by the cron',
  of: 'note-cron',
}

/** An update of another chat finds a mailbox that nobody serves, and that a sweep is due. */
const adoption: Scenario = {
  name: 'an adoption',
  of: 'take',
  prepare: park,
  async run(world, number) {
    await world.deliver(textUpdate('/ping other', number))
    await world.quiet()
    // Where the answer to the sweep was lost, the next one comes after its interval.
    if (answersOf(world, number).length === 0) {
      await letTimePass(world)
      await world.health()
    }
    await until('all answers', () => answersOf(world, number).length >= 2)
    await world.drained()
    expect(answersOf(world, number)).toEqual(tags(PARKED, 2, `n${number}-`))
    expect(pongs(world.telegram, number)).toEqual(['other'])
  },
}

/** The first update of a new deployment. */
const birth: Scenario = {
  name: 'a first update',
  of: 'finish-heal',
  async prepare({ store }) {
    const keys = (await store.raw.command('KEYS', `${store.prefix}*`)) as Buffer[]
    await store.raw.command('DEL', ...keys)
  },
  async run(world, chat) {
    await world.deliver(textUpdate('/ping first', chat))
    await until('the answer', () => pongs(world.telegram, chat).length > 0)
    await world.drained()
    expect(pongs(world.telegram, chat)).toEqual(['first'])
    expect(await stateOf(world, 'status')).toBe('OK')
  },
}

/** A check when everything is to be looked after. */
const checkAt = (path: '/health' | '/status'): Scenario => ({
  name: path,
  of: 'claim-look',
  async prepare(world) {
    await lookedAfter(world)
    await forgetLook(world)
    await letTimePass(world)
  },
  async run(world) {
    const looks = world.telegram.countOf('getWebhookInfo')
    const answer = await world.call('GET', path)
    expect(answer).toMatchObject({ status: 200, json: { store: { ok: true }, inbox: { pending: 0 } } })
    await world.quiet()
    // Where the answer that it was to look was lost, the check after a minute looks.
    if (world.telegram.countOf('getWebhookInfo') === looks) {
      await forgetLook(world)
      await world.health()
      await world.quiet()
    }
    expect(world.telegram.countOf('getWebhookInfo')).toBeGreaterThan(looks)
    const { prefix, raw } = world.store
    expect(await raw.command('HGET', `${prefix}:telegram`, 'ok')).toEqual(Buffer.from('1'))
  },
})

const unhealthy: Scenario = {
  name: 'an unhealthy bot',
  of: 'note-unhealthy',
  prepare: takenOver,
  async run(world) {
    const before = told(world)
    const { code, body } = await world.health()
    expect([code, body.reasons]).toEqual([503, ['webhook_elsewhere']])
    const { prefix, raw } = world.store
    await until('the note', async () => {
      return (await raw.command('HEXISTS', `${prefix}:alerts`, 'unhealthy_since')) === 1
    })
    expect(told(world)).toBe(before)
  },
}

const staysUnhealthy: Scenario = {
  name: 'one that stays so',
  of: 'claim-alert',
  async prepare(world) {
    await takenOver(world)
    await longUnhealthy(world)
  },
  run: (world) =>
    tellingOnce(world, /stays unhealthy: webhook_elsewhere/, async () => {
      expect((await world.health()).code).toBe(503)
    }),
}

/** The bot has failed, and Telegram is back: the next check heals it. */
const probe: Scenario = {
  name: 'a probe',
  of: 'finish-heal',
  async prepare(world) {
    await lookedAfter(world)
    await hasFailed(world)
  },
  run: (world) =>
    tellingOnce(world, /re-initialised itself \(probe\)/, async () => {
      const webhooks = world.telegram.countOf('setWebhook')
      expect((await world.health()).body.bot_status).toBe('FAILED')
      await until('the bot to be healed', async () => (await stateOf(world, 'status')) === 'OK')
      expect(world.telegram.countOf('setWebhook')).toBe(webhooks + 1)
    }),
}

const givingUp: Scenario = {
  name: 'giving up',
  of: 'claim-alert',
  async prepare(world, chat) {
    await lookedAfter(world)
    world.telegram.refuse('sendMessage', 1, { status: 400, description: 'Bad Request: no' }, chat)
  },
  run: (world, chat) =>
    tellingOnce(world, /given up on/, async () => {
      await world.deliver(textUpdate('/ping buried', chat))
      await until('the sender to be told', () => world.telegram.textsIn(chat).length > 0)
      await world.drained()
      expect(world.telegram.textsIn(chat)).toHaveLength(1)
    }),
}

const check = checkAt('/health')

/** What a scenario does as another one does is left out. */
const SCENARIOS: [scenario: Scenario, besides?: Scenario][] = [
  [restart],
  [slowRestart, restart],
  [drain],
  [cron, drain],
  [check],
  [checkAt('/status'), check],
  [unhealthy, check],
  [staysUnhealthy, unhealthy],
  [probe],
  [givingUp],
  [birth],
  [adoption],
]

describeSystem('a fault at each call', () => {
  let worlds: FaultyWorld[]
  beforeAll(async () => {
    worlds = await Promise.all(Array.from({ length: WORLDS }, () => openFaulty(OPTIONS)))
  }, 180_000)
  afterAll(() => Promise.all(worlds.map((world) => world.close())))

  it(
    'of what concerns the whole bot: done once, and all goes on',
    () => oneByOne(worlds, SCENARIOS, FAULTS_EACH),
    300_000,
  )
})
