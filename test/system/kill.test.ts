/** kill -9 under load: nothing that was answered with 200 is lost. */
import { expect, it } from 'vitest'
import { setTimeout as pause } from 'node:timers/promises'
import { textUpdate, type Delivery } from '../support/fake-telegram.ts'
import { pings, pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, openWorld } from '../support/world.ts'

const ROUNDS = 12
const CHATS = [301, 302, 303, 304, -305]

describeSystem('kill -9', () => {
  it.concurrent('twelve times under load: nothing acknowledged is lost, at most one duplicate a kill and chat', async ({
    onTestFinished,
  }) => {
    const world = await openWorld({ env: { LEASE_SECONDS: '5' }, speed: 10 })
    onTestFinished(() => world.close())
    world.telegram.switches.latencyMs = 5
    const over = new AbortController()
    const deliveries: Promise<Delivery>[] = []
    const load = CHATS.map(async (chat) => {
      for (let index = 0; !over.signal.aborted; index++) {
        const update = textUpdate(`/ping k${chat}-${index}`, chat)
        const delivery = world.telegram.queue(world.target, update)
        deliveries.push(delivery)
        await delivery
        await pause(3)
      }
    })
    const delays: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const delayMs = Math.round(20 + Math.random() * 400)
      delays.push(delayMs)
      const before = world.telegram.acknowledged.length
      await until('the load to flow', () => world.telegram.acknowledged.length > before)
      await pause(delayMs)
      await world.server().kill()
      await world.restart()
    }
    over.abort()
    await Promise.all(load)
    await Promise.all(deliveries)
    await until(
      'everything to be drained',
      async () => {
        await world.health()
        return (await world.pending()) === 0
      },
      40_000,
    )
    const dead = (await world.call('GET', '/dead-letters')).json
    expect(dead).toMatchObject({ total: 0 })
    let duplicates = 0
    for (const chat of CHATS) {
      const acked = world.telegram.acknowledged.flatMap(({ update }) => {
        const message = update['message'] as { chat: { id: number }; text: string }
        return message.chat.id === chat ? [message.text.slice('/ping '.length)] : []
      })
      const answered = pongs(world.telegram, chat)
      const once = answered.filter((tag, at) => answered.indexOf(tag) === at)
      expect(once, `chat ${chat}, kills after ${delays.join(', ')} ms`).toEqual(acked)
      expect(answered.length - once.length).toBeLessThanOrEqual(ROUNDS)
      duplicates += answered.length - once.length
    }
    console.info(`kill -9: ${world.telegram.acknowledged.length} acknowledged, ${duplicates} shown twice`)
  }, 120_000)

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
