/** The store is away: nothing acknowledged is lost, nothing is answered twice. */
import { expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld } from '../support/world.ts'

/** A call gives up after 1.5 s, and Telegram after 60 s; between them is room for a busy machine. */
const IN_TIME_MS = 40_000
const OPTIONS = { speed: 5, env: { STORE_TRY_TIMEOUT_MS: '1000', STORE_TIMEOUT_MS: '1500' } }

describeSystem('the store is unreachable', () => {
  it.concurrent.each(['refused', 'hanging'] as const)(
    '%s: honest answers in time, and health by itself afterwards',
    (how) =>
      inWorld(OPTIONS, async (world) => {
        await world.deliver(textUpdate('/ping before', 1))
        await world.drained()
        await world.front.unreachable(how)
        const askedMs = Date.now()
        const update = textUpdate('/ping during', 1)
        const answer = await world.post(update)
        expect(answer.status).toBe(503)
        expect(answer.retryAfterSeconds).toBeGreaterThan(0)
        expect(Date.now() - askedMs).toBeLessThan(IN_TIME_MS)
        const health = await world.health()
        expect(health).toMatchObject({ code: 503, body: { status: 'unhealthy', store: { ok: false } } })
        expect(health.durationMs).toBeLessThan(IN_TIME_MS)
        const junk = await world.post('{"update_id":')
        expect(junk.status).toBe(503)
        const redelivery = world.deliver(update)
        const later = world.deliver(textUpdate('/ping after', 1))
        await world.front.reachable()
        await redelivery
        await later
        await until('both answers', () => pongs(world.telegram, 1).length >= 3)
        expect(pongs(world.telegram, 1)).toEqual(['before', 'during', 'after'])
        await until('health', async () => (await world.health()).body.status === 'healthy')
        await world.drained()
        expect(pongs(world.telegram, 1)).toEqual(['before', 'during', 'after'])
      }),
  )
})
