/**
 * An instance is frozen past its lease while another works on, then it goes on. Nothing is lost, and it sends
 * nothing that it may not send any more. One message can be shown twice where the instance was frozen between
 * sending and settling: to the others that is a crash.
 */
import { expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import type { Moment } from '../support/fault-front.ts'
import { readBooks } from '../support/mailbox.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import { isCall } from '../support/store-calls.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld } from '../support/world.ts'

const CHAT = 31
const CASES: { at: string; twice: number }[] = [
  { at: 'accept', twice: 0 },
  { at: 'sendMessage', twice: 1 },
  { at: 'settle', twice: 0 },
]

describeSystem('an instance frozen past its lease', () => {
  it.concurrent.each(CASES)(
    'while it waits for the answer to $at: nothing lost, one shown twice: $twice',
    ({ at, twice }) =>
      inWorld({ speed: 20, env: { LEASE_SECONDS: '5' } }, async (world) => {
        await world.deliver(textUpdate('/ping warm', 9))
        await until('the bot to be warm', () => pongs(world.telegram, 9).length === 1)
        await world.drained()
        const frozen = world.server()
        let state: 'armed' | 'frozen' | 'going on' = 'armed'
        const freeze = async (moment: Moment, isIt: () => boolean) => {
          if (state !== 'armed' || moment !== 'applied' || !isIt()) return
          state = 'frozen'
          frozen.freeze()
          await until('the end of the frost', () => state === 'going on')
        }
        world.front.watch((moment, call) => {
          return freeze(moment, () => at !== 'sendMessage' && isCall(call, at, String(CHAT)))
        })
        world.telegram.watch((moment, { method }) => freeze(moment, () => method === at))

        const deliveries = pings(CHAT, 3).map((update) => world.deliver(update))
        await until('the frost', () => state === 'frozen')
        // Real time passes here: a lease that ends in the store alone would be news to its owner's clock.
        await world.restart({ PORT: '0' })
        await until('the other to have done what it can', async () => {
          await world.call('POST', '/drain')
          return (await world.pending()) === 0
        })
        expect(pongs(world.telegram, CHAT).length).toBeGreaterThan(0)
        state = 'going on'
        frozen.goOn()
        await Promise.all(deliveries)
        await world.drained()
        await frozen.stop()
        const answered = pongs(world.telegram, CHAT)
        expect([...new Set(answered)]).toEqual(tags(CHAT, 3))
        expect(answered.length).toBe(3 + twice)
        const books = await readBooks(world)
        expect(books).toMatchObject({ accepted: books.settled, pending: 0, dead: 0, faults: '' })
      }),
    180_000,
  )
})
