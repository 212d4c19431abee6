/** Load in two phases: the rate at which updates are taken and answered, then every single one is looked up. */
import { expect, inject, it } from 'vitest'
import { post, textUpdate } from '../support/fake-telegram.ts'
import { readBooks } from '../support/mailbox.ts'
import { pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld, isLong } from '../support/world.ts'

/** Ten thousand updates in the long form; the usual run has to leave time for the others. */
const CHATS = isLong ? 500 : 150
const EACH = isLong ? 20 : 2
/** Deliveries under way at a time; Telegram's own limit is max_connections, 40. */
const LANES = 40

/** Straight to the store: there is no fault here, and its proxy would be what is measured. */
const STRAIGHT = { env: { UPSTASH_REDIS_REST_URL: inject('stores').native?.url ?? '' } }

describeSystem('load', () => {
  it(
    `${CHATS * EACH} updates in ${CHATS} chats: all answered once, in order`,
    () =>
      inWorld(STRAIGHT, async (world) => {
        const chats = Array.from({ length: CHATS }, (_, index) => 10_000 + index)
        const updates = Array.from({ length: EACH }, (_, round) =>
          chats.map((chat) => textUpdate(`/ping l${chat}-${round}`, chat)),
        ).flat()
        await world.deliver(textUpdate('/ping warm', 9))
        await world.drained()

        // First phase: at full rate. A chat's updates go one after the other, as Telegram sends them.
        const startMs = performance.now()
        const waiting = updates.values()
        const busy = new Map<unknown, Promise<unknown>>()
        const statuses: number[] = []
        const lanes = Array.from({ length: LANES }, async () => {
          for (const update of waiting) {
            const { chat } = update['message'] as { chat: { id: number } }
            await busy.get(chat.id)
            const posted = post(world.target, update).then(({ status }) => statuses.push(status))
            busy.set(chat.id, posted)
            await posted
          }
        })
        await Promise.all(lanes)
        const acceptedMs = performance.now() - startMs
        await world.drained()
        const settledMs = performance.now() - startMs
        const rate = (ms: number) => Math.round((updates.length / ms) * 1000)
        console.info(`load: ${rate(acceptedMs)} updates/s accepted, ${rate(settledMs)} updates/s answered`)

        // Second phase: every id.
        expect(statuses).toHaveLength(updates.length)
        expect(statuses.filter((status) => status !== 200)).toEqual([])
        const count = updates.length + 1
        expect(await readBooks(world)).toEqual({
          accepted: count,
          settled: count,
          pending: 0,
          dead: 0,
          faults: '',
        })
        const answered = new Map(chats.map((chat) => [chat, [] as string[]]))
        for (const { chatId, text } of world.telegram.sent) {
          const tag = /^pong (l\S+)/.exec(text)?.[1]
          if (tag) answered.get(chatId)?.push(tag)
        }
        for (const chat of chats) {
          expect(answered.get(chat)).toEqual(Array.from({ length: EACH }, (_, round) => `l${chat}-${round}`))
        }
        // The last lines are on their way when the store has settled all.
        const lines = () => world.events('update processed')
        await until('the last lines', () => lines().length >= count)
        const processed = lines().map((line) => String(line['update_id']))
        expect(processed).toHaveLength(count)
        const ids = new Set(processed)
        for (const { update_id } of updates)
          expect(ids.has(String(update_id)), `update ${update_id}`).toBe(true)
        const seen = updates.map(({ update_id }) => ['EXISTS', `${world.store.prefix}:seen:${update_id}`])
        const known = await world.store.raw.pipeline(seen)
        expect(known.every((reply) => reply === 1)).toBe(true)
        expect(world.events('update failed')).toEqual([])
        expect(pongs(world.telegram, 9)).toEqual(['warm'])
      }),
    300_000,
  )
})
