/** The setup check and its proof, through the real webhook, worker and bot. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LANGUAGES } from '../../lib/bot/types.ts'
import {
  ADMIN,
  HOOK,
  message,
  ORIGIN,
  openPanel,
  skippingClock,
  TOKEN,
  type Panel,
} from '../support/panel.ts'
import { describeEngines } from '../support/store.ts'

interface Check {
  id: string
  state: string
  value: string | null
  remedy: string | null
}
interface Step {
  step: string
  ok: boolean
  ms: number
  error: string | null
}

describeEngines('/setup', (engine) => {
  let panel: Panel
  beforeEach(async () => {
    panel = await openPanel(engine)
  })
  afterEach(async () => {
    panel.telegram.faults.clear()
    await panel.close()
  })

  const checks = async (): Promise<Record<string, Check>> => {
    const { status, json, text } = await panel.operate('GET', '/setup')
    expect(status, text).toBe(200)
    for (const secret of [ADMIN, HOOK, TOKEN, TOKEN.split(':')[1] ?? '', panel.test.token]) {
      expect(text).not.toContain(secret)
    }
    return Object.fromEntries((json['checks'] as Check[]).map((check) => [check.id, check]))
  }
  const restart = async () => {
    expect((await panel.operate('POST', '/restart')).status).toBe(200)
    await panel.settled()
  }

  describe('the check', () => {
    it('of a deployment that was set up finds nothing wrong', async () => {
      panel.env['CRON_SECRET'] = 'a-cron-secret-of-some-length'
      await restart()
      await panel.ask('GET', '/drain', { token: 'a-cron-secret-of-some-length' })
      const found = await checks()
      const states = Object.entries(found).map(([id, { state }]) => [id, state])
      const wanted = states.filter(([id]) => engine === 'native' || id !== 'eviction')
      expect(wanted.filter(([, state]) => state !== 'ok')).toEqual([])
      expect(Object.keys(found).filter((id) => !id.startsWith('variable:'))).toEqual([
        'webhook',
        'commands',
        'eviction',
        'cron',
        'public_url',
        'admin_ids',
      ])
      expect(found['webhook']).toMatchObject({ value: `${ORIGIN}/webhook`, remedy: null })
      expect(found['admin_ids']).toMatchObject({ value: '2' })
      expect(found['cron']?.value).toMatch(/^cron 0 min ago, last sweep 0 min ago$/)
    })

    it('names what is set, what is derived, and what the marketplace set, never a value', async () => {
      delete panel.env['ADMIN_TELEGRAM_IDS']
      delete panel.env['TELEGRAM_WEBHOOK_SECRET']
      panel.env['KV_REST_API_TOKEN'] = panel.test.token
      delete panel.env['UPSTASH_REDIS_REST_TOKEN']
      const found = await checks()
      expect(found['variable:TELEGRAM_BOT_TOKEN']).toMatchObject({ state: 'ok', value: 'set' })
      expect(found['variable:UPSTASH_REDIS_REST_TOKEN']).toMatchObject({ value: 'set as KV_REST_API_TOKEN' })
      expect(found['variable:TELEGRAM_WEBHOOK_SECRET']).toMatchObject({ value: 'derived from ADMIN_TOKEN' })
      expect(found['variable:ADMIN_TELEGRAM_IDS']).toMatchObject({ state: 'warning', value: 'not set' })
      expect(found['admin_ids']).toMatchObject({ state: 'warning', remedy: expect.any(String) as string })
      expect(found['variable:CRON_SECRET']).toMatchObject({ state: 'warning' })
      expect(found['cron']).toMatchObject({ state: 'warning' })
    })

    it('sees a webhook that points elsewhere, and commands that somebody changed in one language', async () => {
      const unset = await checks()
      expect(unset['webhook']).toMatchObject({ state: 'fault', value: 'not set' })
      expect(unset['commands']).toMatchObject({ state: 'fault' })
      await restart()
      expect((await checks())['commands']).toMatchObject({ state: 'ok', value: LANGUAGES.join(', ') })
      const call = (method: string, params: object) =>
        fetch(`${panel.telegram.url}/bot${TOKEN}/${method}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(params),
        })
      await call('setMyCommands', { commands: [{ command: 'x', description: 'y' }], language_code: 'fr' })
      await call('setWebhook', { url: 'https://elsewhere.example.com/webhook' })
      const found = await checks()
      expect(found['commands']).toMatchObject({ state: 'fault', value: 'not as they should be in fr' })
      expect(found['webhook']).toMatchObject({
        state: 'fault',
        value: 'https://elsewhere.example.com/webhook',
        remedy: expect.stringContaining('Restart') as string,
      })
    })

    it('says what it could not ask, and which secret Telegram refuses', async () => {
      panel.telegram.faults.set('*', { status: 502 })
      const down = await checks()
      expect([down['webhook']?.state, down['commands']?.state]).toEqual(['unknown', 'unknown'])
      panel.telegram.faults.set('*', { status: 401, description: 'Unauthorized' })
      const revoked = await checks()
      expect(revoked['webhook']).toMatchObject({
        state: 'fault',
        remedy: expect.stringContaining('TELEGRAM_BOT_TOKEN') as string,
      })
    })

    it('knows a preview, and an address that Telegram cannot reach', async () => {
      panel.env['PUBLIC_URL'] = 'http://127.0.0.1:3000'
      expect((await checks())['public_url']).toMatchObject({ state: 'warning' })
      panel.env['VERCEL_ENV'] = 'preview'
      const preview = await checks()
      expect([preview['public_url']?.state, preview['webhook']?.state]).toEqual(['ok', 'unknown'])
      delete panel.env['VERCEL_ENV']
      delete panel.env['PUBLIC_URL']
      const none = await checks()
      expect([none['public_url']?.state, none['webhook']?.state]).toEqual(['fault', 'fault'])
    })

    it('sees that the cron stays away', async () => {
      panel.env['CRON_SECRET'] = 'a-cron-secret-of-some-length'
      panel.nowMs = Date.now()
      expect((await checks())['cron']).toMatchObject({ state: 'unknown' })
      await panel.ask('GET', '/drain', { token: 'a-cron-secret-of-some-length' })
      expect((await checks())['cron']).toMatchObject({ state: 'ok' })
      panel.nowMs += 27 * 3600_000
      expect((await checks())['cron']).toMatchObject({
        state: 'warning',
        value: expect.stringContaining('27 h') as string,
      })
    })
  })

  describe('the proof', () => {
    const prove = async () => {
      const { status, json, text } = await panel.operate('POST', '/setup', { action: 'prove' })
      expect(status, text).toBe(200)
      return json as unknown as { ok: boolean; steps: Step[]; total_ms: number }
    }
    const brief = (steps: readonly Step[]) => steps.map(({ step, ok, error }) => [step, ok, error])

    it('shows each step of the way with its time, and writes to nobody', async () => {
      const { ok, steps, total_ms: totalMs } = await prove()
      expect(brief(steps)).toEqual(
        ['accept', 'answer', 'process', 'telegram', 'settle'].map((step) => [step, true, null]),
      )
      expect(ok).toBe(true)
      for (const { ms } of steps) expect(ms).toBeLessThanOrEqual(totalMs)
      const [accept, answer, , telegram] = steps
      expect(answer?.ms).toBeGreaterThan(0)
      expect(accept?.ms).toBeLessThanOrEqual((answer?.ms ?? 0) + 1)
      expect(telegram?.ms).toBeGreaterThan(0)
      await panel.settled()
      const sent = panel.telegram.calls.map(({ method }) => method).filter((method) => method !== 'getMe')
      expect(sent).toEqual([])
      const look = await panel.operate('GET', '/status')
      expect(look.json).toMatchObject({
        inbox: { pending: 0, dead_letters: 0 },
        detail: { accepted: 1, settled: 1 },
      })
      expect((await panel.audit())[0]).toEqual(['prove', 'ok'])
    })

    it('can be repeated, also at once, under an id of its own each time', async () => {
      const proofs = await Promise.all([prove(), prove(), prove()])
      expect(proofs.map(({ ok }) => ok)).toEqual([true, true, true])
      const ids = panel.events('update received').map((line) => Number(line['update_id']))
      expect(new Set(ids).size).toBe(3)
      for (const id of ids) expect(id).toBeGreaterThanOrEqual(2 ** 52)
    })

    it('leaves the log at the level that was asked for', async () => {
      panel.env['LOG_LEVEL'] = 'info'
      await prove()
      await panel.settled()
      expect(panel.lines.some(({ level }) => level === 'debug')).toBe(false)
      expect(panel.events('update processed')).toHaveLength(1)
    })

    it('is not misled by other updates that the same sweep works off', async () => {
      const user = panel.telegram.user({ first_name: 'Ada' }).id
      await panel.operate('POST', '/processing', { paused: true })
      for (const id of [1, 2, 3]) await panel.deliver(message(id, `/ping ${id}`, user))
      await panel.test.raw.command('HSET', panel.keys.shard(0), 'swept_at', '0')
      for (const key of panel.keys.allShards) await panel.test.raw.command('HSET', key, 'breaker', '')
      expect((await prove()).ok).toBe(true)
      await panel.settled()
    })

    it('says so where processing is paused: accepted, and not taken', async () => {
      await panel.operate('POST', '/processing', { paused: true })
      const { ok, steps } = await prove()
      expect(ok).toBe(false)
      expect(brief(steps)).toEqual([
        ['accept', true, null],
        ['answer', true, null],
        ['process', false, expect.stringContaining('paused')],
        ['telegram', false, 'not reached'],
        ['settle', false, 'not reached'],
      ])
      expect((await panel.audit())[0]).toEqual(['prove', 'failed at process'])
      // It waits like any other, and is worked off with them.
      await panel.operate('POST', '/processing', { paused: false })
      await panel.settled()
      expect((await panel.operate('GET', '/status')).json).toMatchObject({
        inbox: { pending: 0, dead_letters: 0 },
      })
    })

    it('says so where Telegram does not answer', async () => {
      await restart()
      panel.telegram.faults.set('getMe', { status: 502, times: 1 })
      const { ok, steps } = await prove()
      expect(ok).toBe(false)
      expect(brief(steps)).toEqual([
        ['accept', true, null],
        ['answer', true, null],
        ['process', false, expect.stringContaining('getMe')],
        ['telegram', false, expect.stringContaining('status_502')],
        ['settle', false, 'not reached'],
      ])
      // The next try succeeds, behind the answer.
      await panel.settled()
      expect((await panel.operate('GET', '/status')).json).toMatchObject({
        inbox: { pending: 0, dead_letters: 0 },
      })
    })

    it('says so where the breaker is open', async () => {
      await restart()
      for (const key of panel.keys.allShards) {
        await panel.test.raw.command(
          'HSET',
          key,
          'breaker',
          'token',
          'breaker_until',
          String(Date.now() + 50_000),
        )
      }
      const { steps } = await prove()
      expect(brief(steps)[2]).toEqual(['process', false, expect.stringContaining('token')])
    })

    it('says so where the store is away', async () => {
      panel.clock = skippingClock()
      panel.env['UPSTASH_REDIS_REST_URL'] = 'http://127.0.0.1:9'
      const { status, json } = await panel.operate('POST', '/setup', { action: 'prove' })
      expect(status).toBe(200)
      expect(brief(json['steps'] as Step[])[0]).toEqual(['accept', false, 'store: unreachable'])
      expect(json['ok']).toBe(false)
    })

    it.each([{}, { action: 'disprove' }, null])('refuses %j', async (body) => {
      expect((await panel.operate('POST', '/setup', body)).status).toBe(422)
    })
  })
})
