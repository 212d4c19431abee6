/** Pause and resume: an operator's breaker in all shards, which stays after a restart. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTelegram } from '../../lib/dev/telegram/emulator.ts'
import { SHARDS } from '../../lib/redis.ts'
import { message, openPanel, TOKEN, skippingClock, type Panel } from '../support/panel.ts'
import { describeEngines } from '../support/store.ts'
import { until } from '../support/until.ts'

describeEngines('/processing', (engine) => {
  let panel: Panel
  let user: number
  beforeEach(async () => {
    panel = await openPanel(engine)
    user = panel.telegram.user({ first_name: 'Ada' }).id
  })
  afterEach(async () => {
    panel.telegram.faults.clear()
    await panel.close()
  })

  const set = (paused: boolean) => panel.operate('POST', '/processing', { paused })
  const send = async (id: number, text: string, chat = user) => {
    const answer = await panel.deliver(message(id, text, chat))
    expect(answer.status).toBe(200)
  }
  const replies = (chat = user) =>
    panel.telegram.replies({ id: chat } as never).map((text) => text.split('\n')[0])
  const breakers = async () => {
    const fields = await Promise.all(
      panel.keys.allShards.map((key) => panel.test.raw.command('HGET', key, 'breaker')),
    )
    return new Set(fields.map(String))
  }
  const healthOf = async () => (await panel.operate('GET', '/health')).json

  it('pauses: updates are accepted, none is taken, and /health reports the pause', async () => {
    await send(1, '/ping one')
    await panel.settled()
    expect(await set(true)).toMatchObject({ status: 200, json: { paused: true, changed: true } })
    expect(await breakers()).toEqual(new Set(['paused']))
    for (const id of [2, 3, 4]) await send(id, `/ping ${id}`)
    await panel.settled()
    expect(replies()).toEqual(['pong one'])
    expect(await healthOf()).toMatchObject({
      status: 'degraded',
      reasons: ['processing_paused'],
      inbox: { pending: 3 },
      detail: { paused: true, breaker: 'paused' },
    })
    // Neither a health check nor a sweep takes a mailbox.
    const left = { mailboxes: 1, breaker: 'paused' }
    expect((await panel.operate('POST', '/drain')).json).toEqual({ drained: true, mailboxes: 0, left })
    await panel.settled()
    expect(replies()).toEqual(['pong one'])
    const paused = await panel.operate('GET', '/status')
    expect(paused.json).toMatchObject({ detail: { paused: true } })
  })

  it('resumes: the waiting updates are processed in order, without another request', async () => {
    await set(true)
    const other = panel.telegram.user({ first_name: 'Bob' }).id
    for (const id of [1, 2, 3]) await send(id, `/ping ${id}`)
    await send(4, '/ping other', other)
    expect(await set(false)).toMatchObject({ status: 200, json: { paused: false, changed: true } })
    await panel.settled()
    expect(replies()).toEqual(['pong 1', 'pong 2', 'pong 3'])
    expect(replies(other)).toEqual(['pong other'])
    expect(await breakers()).toEqual(new Set(['']))
    expect(await healthOf()).toMatchObject({
      status: 'healthy',
      inbox: { pending: 0 },
      detail: { paused: false },
    })
  })

  it('is idempotent, also for two requests at the same time', async () => {
    const twice = await Promise.all([set(true), set(true)])
    expect(new Set(twice.map(({ json }) => json['changed']))).toEqual(new Set([false, true]))
    expect((await set(true)).json).toEqual({ paused: true, changed: false })
    await send(1, '/ping one')
    expect((await set(false)).json).toEqual({ paused: false, changed: true })
    expect((await set(false)).json).toEqual({ paused: false, changed: false })
    await panel.settled()
    expect(replies()).toEqual(['pong one'])
    expect((await panel.audit()).map(([action, result]) => `${action} ${result}`)).toEqual(
      expect.arrayContaining(['resume unchanged', 'resume ok', 'pause unchanged', 'pause ok']),
    )
  })

  it('lets the current update end, and the next one waits', async () => {
    await panel.close()
    const telegram = await startTelegram({ token: TOKEN, latencyMs: 300 })
    panel = await openPanel(engine, telegram)
    user = telegram.user({ first_name: 'Ada' }).id
    await Promise.all([send(1, '/ping one'), send(2, '/ping two')])
    // The worker is inside the first update when the pause comes.
    await until('the call to arrive', () => telegram.calls.some(({ method }) => method === 'sendMessage'))
    await set(true)
    await panel.settled()
    expect(replies()).toEqual(['pong one'])
    expect(await healthOf()).toMatchObject({ inbox: { pending: 1 } })
    await set(false)
    await panel.settled()
    expect(replies()).toEqual(['pong one', 'pong two'])
    await telegram.close()
  })

  it('stays in force after a restart, whose answer shows it', async () => {
    await set(true)
    await send(1, '/ping one')
    const restarted = await panel.operate('POST', '/restart')
    expect(restarted).toMatchObject({ status: 200, json: { restarted: true, complete: true, paused: true } })
    await panel.settled()
    expect(await breakers()).toEqual(new Set(['paused']))
    expect(replies()).toEqual([])
    await set(false)
    await panel.settled()
    expect(replies()).toEqual(['pong one'])
    expect((await panel.operate('POST', '/restart')).json).toMatchObject({ restarted: true, paused: false })
  })

  it('is not replaced by the breaker of an outage', async () => {
    await set(true)
    // The next probe comes when the time passes.
    panel.nowMs = Date.now()
    panel.telegram.faults.set('getMe', { status: 502 })
    expect((await panel.operate('POST', '/restart')).status).toBe(503)
    expect(await breakers()).toEqual(new Set(['paused']))
    expect(await healthOf()).toMatchObject({ status: 'unhealthy', bot_status: 'FAILED' })
    panel.telegram.faults.clear()
    await send(1, '/ping one')
    // Resuming finds the bot failed, heals it, and then drains.
    await set(false)
    await panel.settled()
    expect(await healthOf()).toMatchObject({ status: 'healthy', bot_status: 'OK' })
    expect(replies()).toEqual(['pong one'])
  })

  it('replaces the breaker of an outage, and restores it when the bot is still failed', async () => {
    for (const key of panel.keys.allShards) {
      await panel.test.raw.command('HSET', key, 'breaker', 'token', 'status', 'UNAUTHORIZED', 'info', '{}')
    }
    expect((await set(true)).json).toMatchObject({ changed: true })
    expect(await breakers()).toEqual(new Set(['paused']))
    panel.telegram.faults.set('getMe', { status: 401, description: 'Unauthorized' })
    await set(false)
    await panel.settled()
    expect(await breakers()).toEqual(new Set(['token']))
  })

  it('repairs a shard whose copy differs', async () => {
    await set(true)
    await panel.test.raw.command('HSET', panel.keys.shard(5), 'breaker', '')
    expect((await set(true)).json).toMatchObject({ changed: false })
    expect(await breakers()).toEqual(new Set(['paused']))
    expect(panel.keys.allShards).toHaveLength(SHARDS)
  })

  it('a long pause is degraded in /health, not unhealthy', async () => {
    panel.nowMs = Date.now()
    await set(true)
    await send(1, '/ping one')
    panel.nowMs += 3600_000
    expect(await healthOf()).toMatchObject({
      status: 'degraded',
      reasons: expect.arrayContaining(['processing_paused', 'oldest_pending_far_too_old']) as string[],
    })
    await set(false)
    await panel.settled()
  })

  describe('a sweep that takes no mailbox answers why', () => {
    const drain = async () => (await panel.operate('POST', '/drain')).json

    it('no update waits', async () => {
      expect(await drain()).toEqual({ drained: true, mailboxes: 0, left: { mailboxes: 0, breaker: null } })
    })

    it('all mailboxes wait for a retry', async () => {
      panel.telegram.faults.set('sendMessage', { status: 429, retryAfterSeconds: 3600 })
      await send(1, '/ping one')
      await panel.settled()
      expect(await drain()).toEqual({ drained: true, mailboxes: 0, left: { mailboxes: 1, breaker: null } })
    })

    it('Telegram is unreachable; after it is back, taken mailboxes are counted', async () => {
      const away = async (untilMs: number) => {
        const fields = ['status', 'FAILED', 'breaker', 'telegram', 'breaker_until', String(untilMs)]
        for (const key of panel.keys.allShards) await panel.test.raw.command('HSET', key, ...fields)
      }
      await set(true)
      await send(1, '/ping one')
      await away(Date.now() + 50_000)
      const left = { mailboxes: 1, breaker: 'telegram' }
      expect(await drain()).toEqual({ drained: true, mailboxes: 0, left })
      await away(0)
      expect(await drain()).toEqual({ drained: true, mailboxes: 1, left: null })
    })
  })

  it.each([{}, { paused: 'true' }, { paused: true, more: 1 }, null, '{'])('refuses %j', async (body) => {
    expect((await panel.operate('POST', '/processing', body)).status).toBe(422)
    expect(await breakers()).toEqual(new Set(['null']))
  })

  describe('fails closed', () => {
    it('with a faulty setting, and with an unreachable store', async () => {
      panel.clock = skippingClock()
      panel.env['UPSTASH_REDIS_REST_URL'] = 'http://127.0.0.1:9'
      expect((await set(true)).status).toBe(503)
      panel.env['LEASE_SECONDS'] = '1'
      expect((await set(true)).json).toMatchObject({ error: { code: 'configuration_faulty' } })
    })
  })
})
