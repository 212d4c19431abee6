/** Telegram's side: a chat that moved, a call that took effect in silence, very long limits, a webhook taken over. */
import { expect, it } from 'vitest'
import { forgetLook, OURS, THEIRS } from '../support/bot-times.ts'
import { textUpdate } from '../support/fake-telegram.ts'
import { parkedUntilMs, timeComes } from '../support/mailbox.ts'
import { pings, pongs, tags, warmUp } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld } from '../support/world.ts'

describeSystem('Telegram', () => {
  it.concurrent('moves a group: the answer follows to the new chat, once, and what is known of it too', () =>
    inWorld({}, async (world) => {
      await warmUp(world)
      const moved = {
        status: 400,
        description: 'Bad Request: group chat was upgraded to a supergroup chat',
        parameters: { migrate_to_chat_id: -1_001_000_000_007 },
      }
      await world.store.raw.command('HSET', `${world.store.prefix}:peer:-7`, 'language', 'fr')
      world.telegram.refuse('sendMessage', 1, moved, -7)
      await world.deliver(textUpdate('/ping moving', -7))
      await until('the answer', () => pongs(world.telegram, -1_001_000_000_007).length > 0)
      await world.drained()
      expect(pongs(world.telegram, -1_001_000_000_007)).toEqual(['moving'])
      expect(pongs(world.telegram, -7)).toEqual([])
      const peer = await world.store.raw.command(
        'HGET',
        `${world.store.prefix}:peer:-1001000000007`,
        'language',
      )
      expect((peer as Buffer | null)?.toString()).toBe('fr')
      expect(await world.store.raw.command('EXISTS', `${world.store.prefix}:peer:-7`)).toBe(0)
      expect((await world.health()).body).toMatchObject({ error_count: 0, inbox: { dead_letters: 0 } })
    }))

  it.concurrent.each([600, 86_400])(
    'limits a chat for %d s: parked, no error, no dead letter; others go on; answered when it is over',
    (seconds) =>
      inWorld({}, async (world) => {
        await warmUp(world)
        world.telegram.limit(21, seconds)
        const startMs = Date.now()
        await Promise.all(pings(21, 3).map((update) => world.deliver(update)))
        await until('the limit', () => world.telegram.calls.some(({ status }) => status === 429))
        await Promise.all(pings(22, 5).map((update) => world.deliver(update)))
        await until('the others', () => pongs(world.telegram, 22).length === 5)
        expect(pongs(world.telegram, 22)).toEqual(tags(22, 5))
        expect(await world.call('POST', '/drain')).toMatchObject({ status: 200 })
        expect((await world.health()).body).toMatchObject({
          status: 'healthy',
          error_count: 0,
          inbox: { pending: 3, dead_letters: 0 },
        })
        // Nobody has asked Telegram again, and the mailbox is due when it was told, not before.
        expect(world.telegram.calls.filter(({ status }) => status === 429)).toHaveLength(1)
        const dueMs = await parkedUntilMs(world, 21)
        expect(dueMs).toBeGreaterThan(startMs + seconds * 1000 - 60_000)
        expect(dueMs).toBeLessThan(Date.now() + seconds * 1000 + 2000)
        // Its time comes: the wait, as it stands in record and index, is over.
        world.telegram.limit(21, 0)
        await timeComes(world, 21)
        expect(await world.call('POST', '/drain')).toMatchObject({ status: 200, json: { mailboxes: 1 } })
        expect(pongs(world.telegram, 21)).toEqual(tags(21, 3))
        expect(await world.pending()).toBe(0)
      }),
    180_000,
  )

  it.concurrent('has its webhook taken over: repaired once, then only reported', () =>
    inWorld({ isPublic: true }, async (world) => {
      expect(await world.call('POST', '/restart')).toMatchObject({ status: 200 })
      const set = () => world.telegram.countOf('setWebhook')
      expect([set(), world.telegram.webhook()['url']]).toEqual([1, OURS])
      world.telegram.takeOver(THEIRS)
      await forgetLook(world)
      await until('the repair', async () => (await world.health()).code > 0 && set() === 2)
      await until('health', async () => (await world.health()).body.status === 'healthy')
      expect(world.telegram.webhook()['url']).toBe(OURS)
      expect(world.events('webhook drift, repairing')).toHaveLength(1)
      for (const round of [1, 2]) {
        world.telegram.takeOver(THEIRS)
        await forgetLook(world)
        await until('the report', async () => {
          await world.health()
          return world.events('webhook drift again, not repaired').length >= round
        })
      }
      const { code, body } = await world.health()
      expect([code, body.status]).toEqual([503, 'unhealthy'])
      expect(body.reasons).toContain('webhook_elsewhere')
      expect([set(), world.telegram.webhook()['url']]).toEqual([2, THEIRS])
      // Only the operator takes it back.
      expect(await world.call('POST', '/restart')).toMatchObject({ status: 200, json: { complete: true } })
      expect((await world.health()).body.status).toBe('healthy')
      expect(world.telegram.webhook()['url']).toBe(OURS)
    }))

  it.concurrent.each([1, 2])(
    'takes a message and says nothing, %d times: shown at most once more for each',
    (times) =>
      inWorld({ env: { TELEGRAM_TIMEOUT_MS: '3000' } }, async (world) => {
        await warmUp(world)
        let left = times
        world.telegram.watch(async (moment, { method, params }) => {
          if (moment !== 'applied' || method !== 'sendMessage' || params['chat_id'] !== 31 || left === 0)
            return
          left--
          await new Promise(() => {})
        })
        await Promise.all(pings(31, 3).map((update) => world.deliver(update)))
        await world.drained()
        const answered = pongs(world.telegram, 31)
        expect([...new Set(answered)]).toEqual(tags(31, 3))
        expect(answered.length).toBe(3 + times)
        expect(world.events('update dead-lettered')).toEqual([])
      }),
    180_000,
  )
})
