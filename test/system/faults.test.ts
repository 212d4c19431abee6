/** Every call of the store that an operation makes, hit once by each fault: nothing lost, nothing twice. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { operationOf, type Operation } from '../../lib/dev/store-calls.ts'
import { FAULTS, type Fault } from '../support/fault-front.ts'
import { forEachFault, openFaulty, type FaultyWorld } from '../support/faulty-world.ts'
import { letTimePass, readMailbox } from '../support/mailbox.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, isLong, type World } from '../support/world.ts'

/** Errors of many chats that do not add up to a re-initialisation. */
const CALM = { ERROR_THRESHOLD: '1000000' }
/** Under the lease of 15 s: whoever would have to wait for its end has not known its own call again. */
const WITHIN_MS = 12_000

const OF_A_RESTART: Operation[] = [
  'claim',
  'recordSecret',
  'storeView',
  'finish',
  'sweep',
  'isPaused',
  'audit',
]

describeSystem('a fault at a call for a chat', () => {
  let world: FaultyWorld
  /** One whose workers renew their leases, because sending takes long. */
  let slow: FaultyWorld
  beforeAll(async () => {
    const short = { ...CALM, LEASE_SECONDS: '5' }
    const worlds = [openFaulty({ env: CALM }), openFaulty({ env: short })] as const
    world = await worlds[0]
    slow = await worlds[1]
    slow.telegram.watch(async (moment) => {
      if (moment === 'received') await pause(2000)
    })
  })
  afterAll(async () => {
    await world.close()
    await slow.close()
  })

  /** Some updates, the call of the first one hit: all answered once, in order, with nobody's help. */
  const delivered = async (operation: Operation, fault: Fault, chat: number, where = world, count = 3) => {
    const plan = where.hit(operation, fault, String(chat))
    await Promise.all(pings(chat, count).map((update) => where.deliver(update)))
    await until('the answers', () => pongs(where.telegram, chat).length >= count, WITHIN_MS)
    expect(pongs(where.telegram, chat)).toEqual(tags(chat, count))
    expect(plan.hitMs).toBeGreaterThan(0)
  }

  it.concurrent('accept', () => forEachFault(1000, (fault, chat) => delivered('accept', fault, chat)), 40_000)

  it.concurrent('settle', () => forEachFault(2000, (fault, chat) => delivered('settle', fault, chat)), 40_000)

  it.concurrent.each(['fail', 'take'] as const)(
    '%s, after a failure of Telegram',
    (operation) =>
      forEachFault(operation === 'fail' ? 3000 : 4000, async (fault, chat) => {
        world.telegram.refuse('sendMessage', 1, { status: 500, description: 'Internal Server Error' }, chat)
        await delivered(operation, fault, chat)
      }),
    40_000,
  )

  it.concurrent(
    'renew',
    () => forEachFault(5000, (fault, chat) => delivered('renew', fault, chat, slow, 2)),
    40_000,
  )

  it('left nothing behind, and no call untried', async () => {
    await world.drained()
    await slow.drained()
    for (const { telegram } of [world, slow]) {
      for (const chat of new Set(telegram.sent.map(({ chatId }) => chatId))) {
        const answered = pongs(telegram, chat)
        expect(new Set(answered).size).toBe(answered.length)
      }
    }
    expect(untried([world, slow], ['accept', 'settle', 'fail', 'take', 'renew', 'sweep'])).toEqual([])
    const { body } = await world.health()
    expect(body.inbox).toMatchObject({ pending: 0, dead_letters: 0 })
  })
})

describeSystem('a fault at a call of an operator', () => {
  let world: FaultyWorld
  /** One in which nothing but restarts goes on. */
  let restarted: FaultyWorld
  /** One in which nothing but drains goes on; its server never sweeps by itself. */
  let drained: FaultyWorld
  beforeAll(async () => {
    const worlds = [true, true, false].map((isPublic) => openFaulty({ isPublic, env: CALM }))
    ;[world, restarted, drained] = (await Promise.all(worlds)) as [FaultyWorld, FaultyWorld, FaultyWorld]
  })
  afterAll(() => Promise.all([world, restarted, drained].map((one) => one.close())))

  /** A call that hangs takes two seconds, and no other way than one that is dropped. */
  const quick = FAULTS.filter((fault) => isLong || fault !== 'hang')
  /** Hits each operation by each fault, one after the other; names what failed. */
  const each = async (
    operations: readonly Operation[],
    run: (operation: Operation, fault: Fault) => Promise<void>,
  ): Promise<void> => {
    for (const operation of operations) {
      for (const fault of quick) {
        await run(operation, fault).catch((cause: unknown) => {
          throw new Error(`${operation}, ${fault}: ${String(cause)}`, { cause })
        })
      }
    }
  }

  it.concurrent('list and reset', () =>
    each(['list', 'reset'], async (operation, fault) => {
      const plan = world.hit(operation, fault)
      const answer =
        operation === 'list'
          ? await world.call('GET', '/dead-letters')
          : await world.call('POST', '/reset-errors')
      const said = operation === 'list' ? { total: 0 } : { reset: true, error_count: 0 }
      expect(answer).toMatchObject({ status: 200, json: said })
      expect(plan.hitMs).toBeGreaterThan(0)
    }))

  it.concurrent('snapshot, for /health and for /status; and what is looked after behind the answer', async () => {
    for (const path of ['/health', '/status']) {
      await each(['snapshot'], async (operation, fault) => {
        const plan = world.hit(operation, fault)
        const answer = await world.call('GET', path)
        expect(answer).toMatchObject({ status: 200, json: { store: { ok: true }, inbox: { pending: 0 } } })
        expect(plan.hitMs).toBeGreaterThan(0)
      })
    }
    await each(['look', 'storeView', 'sweep'], async (operation, fault) => {
      const plan = world.hit(operation, fault)
      await until('the fault', async () => {
        // What an earlier check is still doing may count as the look or the sweep of this one.
        await forgetLooks(world)
        await letTimePass(world)
        expect(await world.call('GET', '/health')).toMatchObject({ json: { store: { ok: true } } })
        return plan.hitMs > 0
      })
      await until('all to be done', async () => {
        const { body } = await world.health()
        return body.status === 'healthy' && body.telegram.ok && body.inbox?.last_sweep_at
      })
    })
  }, 60_000)

  it.concurrent('a restart: done once, and the next one can follow', async () => {
    const { telegram, store } = restarted
    await each(OF_A_RESTART, async (operation, fault) => {
      const before = await epoch(restarted)
      const webhooks = telegram.countOf('setWebhook')
      const plan = restarted.hit(operation, fault)
      expect(await restarted.call('POST', '/restart')).toMatchObject({
        status: 200,
        json: { restarted: true, complete: true, epoch: before + 1 },
      })
      await until('the fault', () => plan.hitMs > 0)
      expect(await epoch(restarted)).toBe(before + 1)
      expect(telegram.countOf('setWebhook')).toBe(webhooks + 1)
      expect(await store.raw.command('EXISTS', `${store.prefix}:heal`)).toBe(0)
    })
    await until('health', async () => (await restarted.health()).body.status === 'healthy')
    expect((await restarted.health()).body).toMatchObject({ bot_status: 'OK', error_count: 0 })
  }, 60_000)

  it.concurrent('a drain: what waited is answered once', async () => {
    const { telegram } = drained
    const chat = 9100
    const expected: string[] = []
    await each(['claim', 'sweep', 'take', 'settle'], async (operation, fault) => {
      const prefix = `${operation}-${fault.replace(' ', '-')}-`
      // A limit parks the mailbox for longer than the server waits; those of two chats would throttle the bot.
      telegram.limit(chat, 3600)
      await Promise.all(pings(chat, 2, prefix).map((update) => drained.deliver(update)))
      await until('the mailbox to be parked', () => parked(drained, chat))
      telegram.limit(chat, 0)
      await letTimePass(drained)
      const plan = drained.hit(operation, fault)
      const answer = await drained.call('POST', '/drain')
      expect(answer).toMatchObject({ status: 200, json: { drained: true, mailboxes: 1 } })
      expect(plan.hitMs).toBeGreaterThan(0)
      expected.push(...tags(chat, 2, prefix))
      expect(pongs(telegram, chat)).toEqual(expected)
      expect(await drained.pending()).toBe(0)
    })
  }, 60_000)

  it('no call of a restart or a drain was left untried', () => {
    // Those of the other lanes and of the other suite.
    const elsewhere: Operation[] = ['accept', 'fail', 'take', 'settle', 'look', 'snapshot']
    expect(untried([restarted, drained], [...OF_A_RESTART, ...elsewhere])).toEqual([])
  })
})

/** The calls that were made and are not among the tried ones, each once. */
function untried(worlds: FaultyWorld[], tried: Operation[]): string[] {
  const made = worlds.flatMap(({ front }) =>
    front.bodies.map((body) => operationOf(body) ?? body.slice(0, 300)),
  )
  return [...new Set(made)].filter((call) => !(tried as string[]).includes(call))
}

/** Lets a minute pass for the view of the webhook. */
async function forgetLooks({ store }: World): Promise<void> {
  await store.raw.command('HSET', `${store.prefix}:telegram`, 'looked_at', '1', 'checked_at', '1')
}

/** True when nobody holds the mailbox and it waits. */
async function parked(world: World, chat: number): Promise<boolean> {
  const { record } = await readMailbox(world, String(chat))
  const [, owner, , , wait] = record.split(' ')
  return owner === '-' && Number(wait) > Date.now() + 60_000
}

async function epoch({ store }: World): Promise<number> {
  const reply = (await store.raw.command('HGET', `${store.prefix}:shard:0`, 'epoch')) as Buffer | null
  return Number(reply?.toString() ?? 0)
}
