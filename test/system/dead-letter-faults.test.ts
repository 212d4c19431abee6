/** The calls that replay and discard dead letters, hit once by each fault: done once, and said so. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { forEachFault, openFaulty, type FaultyWorld } from '../support/faulty-world.ts'
import { pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem } from '../support/world.ts'

describeSystem('a fault at a call for a dead letter', () => {
  let world: FaultyWorld
  beforeAll(async () => {
    world = await openFaulty({ env: { ERROR_THRESHOLD: '1000000' } })
  })
  afterAll(() => world.close())

  const bury = async (chat: number) => {
    const update = textUpdate('/ping buried', chat)
    world.telegram.refuse('sendMessage', 1, { status: 400, description: 'Bad Request: no' }, chat)
    await world.deliver(update)
    await until('the sender to be told', () => world.telegram.textsIn(chat).length === 1)
    return update.update_id
  }
  const act = (action: string, id: number) =>
    world.call('POST', '/dead-letters', { body: { action, update_id: id } })

  it.concurrent(
    'replay: done once, said so, and answered with nobody asking again',
    () =>
      forEachFault(6000, async (fault, chat) => {
        const id = await bury(chat)
        const plan = world.hit('replay', fault, String(id))
        expect(await act('replay', id)).toMatchObject({ status: 200, json: { matched: 1, done: 1 } })
        expect(plan.hitMs).toBeGreaterThan(0)
        await until('the answer', () => pongs(world.telegram, chat).length > 0)
        expect(await act('replay', id)).toMatchObject({ status: 404 })
        expect(pongs(world.telegram, chat)).toEqual(['buried'])
      }),
    40_000,
  )

  it.concurrent(
    'discard: done once, and said so',
    () =>
      forEachFault(7000, async (fault, chat) => {
        const id = await bury(chat)
        const plan = world.hit('discard', fault, String(id))
        expect(await act('discard', id)).toMatchObject({ status: 200, json: { matched: 1, done: 1 } })
        expect(plan.hitMs).toBeGreaterThan(0)
        expect(await act('discard', id)).toMatchObject({ status: 404 })
      }),
    40_000,
  )
})
