/** A body that is too large does no harm to what comes after it on the same connection. */
import { expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld } from '../support/world.ts'

describeSystem('a body over the limit', () => {
  it.each([1_200_000, 4_400_000])('of %d bytes is answered 200, and so is the next message', (bytes) =>
    inWorld({}, async (world) => {
      for (const round of [1, 2, 3]) {
        const body = JSON.stringify(textUpdate('x'.repeat(bytes), 1))
        expect(await world.post(body)).toMatchObject({ status: 200 })
        const startMs = Date.now()
        expect(await world.post(textUpdate(`/ping next${round}`, 2))).toMatchObject({ status: 200 })
        expect(await world.post(textUpdate(`/ping more${round}`, 2))).toMatchObject({ status: 200 })
        expect(Date.now() - startMs).toBeLessThan(4000)
      }
      await until('the answers', () => pongs(world.telegram, 2).length === 6)
      expect((await world.health()).body).toMatchObject({ error_count: 0, inbox: { dead_letters: 0 } })
    }),
  )
})
