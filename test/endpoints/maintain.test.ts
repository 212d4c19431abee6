/** Requests of a monitor or of the panel start maintenance after their answer. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FRESH_MS } from '../../lib/webhook/telegram-view.ts'
import { message, openPanel, ORIGIN, START_MS, TOKEN, type Panel } from '../support/panel.ts'
import { describeEngines } from '../support/store.ts'

describeEngines('maintenance', (engine) => {
  let panel: Panel
  let nowMs: number
  const pass = (ms: number) => (panel.nowMs = nowMs += ms)
  beforeEach(async () => {
    panel = await openPanel(engine)
    panel.nowMs = nowMs = START_MS
  })
  afterEach(async () => {
    panel.telegram.faults.clear()
    await panel.close()
  })

  const calls = (method: string) => panel.telegram.calls.filter((call) => call.method === method).length
  const steal = async (url: string) => {
    const answer = await fetch(`${panel.telegram.url}/bot${TOKEN}/setWebhook?url=${encodeURIComponent(url)}`)
    expect(answer.ok).toBe(true)
  }
  const look = async (path: string) => {
    const { json } = await panel.operate('GET', path)
    await panel.settled()
    return json
  }

  describe.each(['/status', '/health'])('by %s', (path) => {
    it('a webhook set by another party is repaired, and a second change within a day is reported', async () => {
      expect((await panel.operate('POST', '/restart')).status).toBe(200)
      await steal('https://elsewhere.example.com/hook')
      pass(FRESH_MS)
      await look(path)
      expect(panel.telegram.webhookInfo()['url']).toBe(`${ORIGIN}/webhook`)
      await steal('https://elsewhere.example.com/hook')
      pass(FRESH_MS)
      await look(path)
      expect(await look(path)).toMatchObject({ status: 'unhealthy', reasons: ['webhook_elsewhere'] })
    })

    it('a bot that is not initialised is initialised, and a sweep runs', async () => {
      expect(await look(path)).toMatchObject({ bot_status: 'UNKNOWN' })
      expect(await look(path)).toMatchObject({
        bot_status: 'OK',
        inbox: { last_sweep_at: new Date(START_MS).toISOString() },
      })
    })

    it('later requests do not call Telegram until the view is old', async () => {
      await look(path)
      const before = panel.telegram.calls.length
      for (let i = 0; i < 5; i++) {
        pass(FRESH_MS / 5 - 1)
        await look(path)
      }
      expect(panel.telegram.calls).toHaveLength(before)
      pass(5)
      await look(path)
      expect(panel.telegram.calls.slice(before)).toMatchObject([{ method: 'getWebhookInfo' }])
    })
  })

  it.each([TOKEN, encodeURIComponent(TOKEN)])(
    'a foreign webhook that has %s in its path shows it nowhere',
    async (canary) => {
      const url = `https://old.example.com/${canary}`
      // The second change within a day is not repaired.
      for (let times = 0; times < 2; times++) {
        await steal(url)
        pass(FRESH_MS)
        await look('/status')
      }
      expect(panel.telegram.webhookInfo()['url']).toBe(url)
      const shown = 'https://old.example.com/[secret]'
      const [status, health, setup] = await Promise.all(
        ['/status', '/health', '/setup'].map((path) => panel.operate('GET', path)),
      )
      expect(status?.json).toMatchObject({ detail: { webhook: { url: shown } } })
      expect(health?.json).toMatchObject({ detail: { webhook: { url: shown } } })
      const checks = setup?.json['checks'] as { id: string }[]
      expect(checks.find(({ id }) => id === 'webhook')).toMatchObject({ state: 'fault', value: shown })
      const kept = (await panel.test.raw.command('HGETALL', panel.keys.telegram)) as unknown[]
      const texts = [status?.text, health?.text, setup?.text, ...kept.map(String)]
      expect(texts).toContain(shown)
      const all = [...texts, JSON.stringify(panel.lines)].join()
      expect(all).not.toContain(TOKEN.split(':')[1])
    },
  )

  describe('a failed bot during an operator’s pause', () => {
    beforeEach(async () => {
      const { keys, test } = panel
      const state = ['status', 'FAILED', 'breaker', 'telegram', 'errors', '12', 'info', '{}']
      for (const key of keys.allShards) await test.raw.command('HSET', key, ...state)
      await panel.operate('POST', '/processing', { paused: true })
      panel.telegram.faults.set('getMe', { status: 502 })
    })
    const paused = { status: 'degraded', bot_status: 'OK', error_count: 0, reasons: ['processing_paused'] }

    it.each(['/status', '/health'])('is probed with backoff by %s until it works', async (path) => {
      // 1, 2, 4 s, give or take a fifth: not yet after the shorter time, surely after the longer.
      for (const [tries, [lessMs, moreMs]] of [
        [790, 1210],
        [1590, 2410],
        [3190, 4810],
      ].entries()) {
        for (let again = 0; again < 3; again++) {
          expect(await look(path)).toMatchObject({ status: 'unhealthy', bot_status: 'FAILED' })
          expect(calls('getMe')).toBe(tries + 1)
        }
        pass(lessMs ?? 0)
        await look(path)
        expect(calls('getMe')).toBe(tries + 1)
        pass((moreMs ?? 0) - (lessMs ?? 0))
      }
      panel.telegram.faults.clear()
      await look(path)
      expect(calls('getMe')).toBe(4)
      expect((await panel.operate('GET', '/health')).json).toMatchObject(paused)
    })

    it('is probed when an update arrives, and the update waits for the end of the pause', async () => {
      panel.telegram.faults.clear()
      expect((await panel.deliver(message(1, '/ping one'))).status).toBe(200)
      await panel.settled()
      expect((await panel.operate('GET', '/health')).json).toMatchObject({ ...paused, inbox: { pending: 1 } })
    })

    it('shows no end of the pause', async () => {
      await look('/health')
      expect(await look('/status')).toMatchObject({
        detail: { breaker: 'paused', breaker_until: null, breaker_tries: 1 },
      })
    })
  })

  it('ticks and the audit log start no maintenance', async () => {
    await look('/status?view=tick')
    await look('/status?view=audit')
    expect(calls('getMe') + calls('getWebhookInfo')).toBe(0)
  })
})
