/** Every call of the store that an operation makes, hit once by each fault: nothing lost, nothing twice. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { setTimeout as pause } from 'node:timers/promises'
import { FAULTS, type Fault } from '../support/fault-front.ts'
import { forEachFault, openFaulty, type FaultyWorld } from '../support/faulty-world.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import type { Operation } from '../support/store-calls.ts'
import { until } from '../support/until.ts'
import { describeLong, isLong, type World } from '../support/world.ts'

describeLong('a fault at a call for a chat', () => {
  let world: FaultyWorld
  /** One whose workers renew their leases soon, because sending takes long. */
  let slow: FaultyWorld
  beforeAll(async () => {
    // Errors of many chats that do not add up to a re-initialisation.
    const env = { ERROR_THRESHOLD: '1000000' }
    const worlds = [openFaulty({ env }), openFaulty({ env: { ...env, LEASE_SECONDS: '6' } })] as const
    world = await worlds[0]
    slow = await worlds[1]
    slow.telegram.watch(async (moment) => {
      if (moment === 'received') await pause(2500)
    })
  })
  afterAll(async () => {
    await world.close()
    await slow.close()
  })

  /** Three updates, the call of the first one hit: all answered once, in order, with nobody's help. */
  const delivered = async (operation: Operation, fault: Fault, chat: number, where = world) => {
    const plan = where.hit(operation, fault, String(chat))
    await Promise.all(pings(chat, 3).map((update) => where.deliver(update)))
    await until('the answers', () => pongs(where.telegram, chat).length >= 3, 30_000)
    expect(pongs(where.telegram, chat)).toEqual(tags(chat, 3))
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
    () => forEachFault(5000, (fault, chat) => delivered('renew', fault, chat, slow)),
    40_000,
  )

  it('left nothing behind', async () => {
    await world.drained()
    for (let chat = 1000; chat < 8000; chat++) {
      const answered = pongs(world.telegram, chat)
      expect(new Set(answered).size).toBe(answered.length)
    }
    const { body } = await world.health()
    expect(body.inbox).toMatchObject({ pending: 0, dead_letters: 0 })
  })
})

describeLong('a fault at a call of an operator', () => {
  let world: FaultyWorld
  beforeAll(async () => {
    world = await openFaulty({ isPublic: true })
  })
  afterAll(() => world.close())

  const quick = FAULTS.filter((fault) => isLong || fault !== 'hang')

  it('list', async () => {
    for (const fault of quick) {
      const plan = world.hit('list', fault)
      expect(await world.call('GET', '/dead-letters'), fault).toMatchObject({
        status: 200,
        json: { total: 0 },
      })
      expect(plan.hitMs).toBeGreaterThan(0)
    }
  }, 40_000)

  it.each(['/health', '/status'])(
    'snapshot, for %s',
    async (path) => {
      for (const fault of quick) {
        const plan = world.hit('snapshot', fault)
        const answer = await world.call('GET', path)
        expect(answer.json, fault).toMatchObject({ store: { ok: true }, inbox: { pending: 0 } })
        expect(answer.status).toBe(200)
        expect(plan.hitMs).toBeGreaterThan(0)
      }
    },
    40_000,
  )

  it('reset', async () => {
    for (const fault of quick) {
      const plan = world.hit('reset', fault)
      const answer = await world.call('POST', '/reset-errors')
      expect(answer, fault).toMatchObject({ status: 200, json: { reset: true, error_count: 0 } })
      expect(plan.hitMs).toBeGreaterThan(0)
    }
  }, 40_000)

  it.each(['claim', 'recordSecret', 'storeView', 'finish', 'sweep'] as const)(
    '%s, of a restart: done once, and the next one can follow',
    async (operation) => {
      for (const fault of quick) {
        const before = await epoch(world)
        const webhooks = world.telegram.countOf('setWebhook')
        const plan = world.hit(operation, fault)
        const answer = await world.call('POST', '/restart')
        expect(answer, fault).toMatchObject({
          status: 200,
          json: { restarted: true, complete: true, epoch: before + 1 },
        })
        await until('the fault', () => plan.hitMs > 0)
        expect(await epoch(world)).toBe(before + 1)
        expect(world.telegram.countOf('setWebhook')).toBe(webhooks + 1)
        expect(await world.store.raw.command('EXISTS', `${world.store.prefix}:heal`)).toBe(0)
      }
      await until('health', async () => (await world.health()).body.status === 'healthy')
      expect((await world.health()).body).toMatchObject({ bot_status: 'OK', error_count: 0 })
    },
    60_000,
  )
})

async function epoch({ store }: World): Promise<number> {
  const reply = (await store.raw.command('HGET', `${store.prefix}:shard:0`, 'epoch')) as Buffer | null
  return Number(reply?.toString() ?? 0)
}
