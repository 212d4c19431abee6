/** The setup check and the self-test, through the real webhook, worker and bot. */
import { LANGUAGES } from '../../lib/bot/texts/index.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Check, Proof, ProofStep } from '../../lib/contract.ts'
import { VARIABLES } from '../../lib/endpoints/variables.ts'
import { readConfig, type Environment } from '../../lib/config.ts'
import { ConfigError } from '../../lib/errors.ts'
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
import { describeStore } from '../support/store.ts'

describeStore('/setup', (engine) => {
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
    it('finds nothing wrong in a complete deployment', async () => {
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
        'account',
      ])
      expect(found['webhook']).toMatchObject({ value: `${ORIGIN}/webhook`, remedy: null })
      expect(found['admin_ids']).toMatchObject({ value: '2' })
      expect(Date.now() - Date.parse(found['cron']?.value ?? '')).toBeLessThan(60_000)
    })

    it('says how to get the account API, and asks for a key of its own when it is on', async () => {
      expect((await checks())['account']).toMatchObject({
        state: 'ok',
        value: 'unset',
        remedy: expect.stringContaining('https://my.telegram.org') as string,
        remedy_code: 'set_up_account',
      })
      Object.assign(panel.env, { TELEGRAM_API_ID: '1', TELEGRAM_API_HASH: 'an-application-of-ours' })
      expect((await checks())['account']).toMatchObject({ state: 'warning', remedy_code: 'set_account_key' })
      panel.env['ACCOUNT_KEY'] = Buffer.alloc(32, 5).toString('base64')
      expect((await checks())['account']).toMatchObject({ state: 'ok', value: 'set', remedy: null })
    })

    it('shows which variables are set, have a default, or come from the marketplace, never a value', async () => {
      delete panel.env['ADMIN_TELEGRAM_IDS']
      delete panel.env['TELEGRAM_WEBHOOK_SECRET']
      panel.env['KV_REST_API_TOKEN'] = panel.test.token
      delete panel.env['UPSTASH_REDIS_REST_TOKEN']
      const found = await checks()
      expect(found['variable:TELEGRAM_BOT_TOKEN']).toMatchObject({ state: 'ok', value: 'set' })
      expect(found['variable:UPSTASH_REDIS_REST_TOKEN']).toMatchObject({ value: 'KV_REST_API_TOKEN' })
      expect(found['variable:TELEGRAM_WEBHOOK_SECRET']).toMatchObject({ state: 'ok', value: 'default' })
      expect(found['variable:LEASE_SECONDS']).toMatchObject({ state: 'ok', value: 'default', remedy: null })
      expect(found['variable:ADMIN_TELEGRAM_IDS']).toMatchObject({ state: 'warning', value: 'unset' })
      expect(found['admin_ids']).toMatchObject({
        state: 'warning',
        remedy: expect.any(String) as string,
        remedy_code: 'set_admin_ids',
      })
      expect(found['variable:CRON_SECRET']).toMatchObject({ state: 'warning' })
      expect(found['cron']).toMatchObject({ state: 'warning' })
    })

    it('lists every variable that readConfig reads, except the platform’s own', async () => {
      const read = new Set<string>()
      const env = new Proxy<Environment>({}, { get: (_, name) => void read.add(String(name)) })
      expect(() => readConfig(env)).toThrow(ConfigError)
      for (const name of ['NODE_ENV', 'VERCEL_ENV', 'VERCEL_GIT_COMMIT_SHA', 'VERCEL_REGION']) {
        expect(read.delete(name), name).toBe(true)
      }
      const listed = VARIABLES.flatMap(({ name, alias }) => [name, ...(alias ? [alias] : [])])
      expect(listed.toSorted()).toEqual([...read].toSorted())
      const found = Object.keys(await checks()).filter((id) => id.startsWith('variable:'))
      expect(found).toEqual(VARIABLES.map(({ name }) => `variable:${name}`))
    })

    it('finds a webhook that points elsewhere, and commands that were changed in one language', async () => {
      const unset = await checks()
      expect(unset['webhook']).toMatchObject({ state: 'fault', value: 'none', remedy_code: 'restart' })
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
      expect(found['commands']).toMatchObject({ state: 'fault', value: 'fr' })
      expect(found['webhook']).toMatchObject({
        state: 'fault',
        value: 'https://elsewhere.example.com/webhook',
        remedy: expect.stringContaining('Restart') as string,
      })
    })

    it('reports a check that could not run, and a token that Telegram refuses', async () => {
      panel.telegram.faults.set('*', { status: 502 })
      const down = await checks()
      for (const id of ['webhook', 'commands']) {
        expect(down[id]).toMatchObject({ state: 'unknown', value: null, remedy_code: 'ask_again' })
      }
      panel.telegram.faults.set('*', { status: 401, description: 'Unauthorized' })
      const revoked = await checks()
      expect(revoked['webhook']).toMatchObject({
        state: 'fault',
        remedy_code: 'replace_token',
        remedy: expect.stringContaining('TELEGRAM_BOT_TOKEN') as string,
      })
    })

    it('accepts a preview without a webhook, and finds an address that Telegram cannot reach', async () => {
      panel.env['PUBLIC_URL'] = 'http://127.0.0.1:3000'
      const local = (await checks())['public_url']
      expect(local).toMatchObject({ state: 'warning', value: null, remedy_code: 'use_https' })
      panel.env['VERCEL_ENV'] = 'preview'
      const previews = [await checks()]
      delete panel.env['PUBLIC_URL']
      previews.push(await checks())
      for (const preview of previews) {
        for (const id of ['public_url', 'webhook']) {
          expect(preview[id]).toMatchObject({ state: 'ok', value: 'preview', remedy: null })
        }
      }
      delete panel.env['VERCEL_ENV']
      const none = await checks()
      for (const id of ['public_url', 'webhook']) {
        expect(none[id]).toMatchObject({ state: 'fault', value: null, remedy_code: 'set_public_url' })
      }
    })

    it('never shows the value of PUBLIC_URL', async () => {
      panel.env['PUBLIC_URL'] = 'https://bot.example.com/some/path'
      const { public_url: address, ...others } = await checks()
      expect(address).toEqual({ id: 'public_url', state: 'ok', value: null, remedy: null, remedy_code: null })
      expect(JSON.stringify(others)).not.toContain('some/path')
    })

    it('finds that the cron is overdue', async () => {
      panel.env['CRON_SECRET'] = 'a-cron-secret-of-some-length'
      panel.nowMs = Date.now()
      expect((await checks())['cron']).toMatchObject({
        state: 'unknown',
        value: null,
        remedy_code: 'await_cron',
      })
      await panel.ask('GET', '/drain', { token: 'a-cron-secret-of-some-length' })
      expect((await checks())['cron']).toMatchObject({ state: 'ok' })
      const value = new Date(panel.nowMs).toISOString()
      panel.nowMs += 27 * 3600_000
      expect((await checks())['cron']).toMatchObject({ state: 'warning', value, remedy_code: 'look_at_cron' })
    })
  })

  it('is swept by the cron also when the time of its call cannot be stored', async () => {
    panel.env['CRON_SECRET'] = 'a-cron-secret-of-some-length'
    await panel.test.raw.command('SET', panel.keys.alerts, 'spoilt')
    const { status, json } = await panel.ask('GET', '/drain', { token: 'a-cron-secret-of-some-length' })
    expect([status, json]).toMatchObject([200, { drained: true }])
  })

  describe('the self-test', () => {
    const prove = async () => {
      const { status, json, text } = await panel.operate('POST', '/setup', { action: 'prove' })
      expect(status, text).toBe(200)
      return json as unknown as Proof
    }
    const brief = (steps: readonly ProofStep[]) => steps.map(({ step, ok, error }) => [step, ok, error])

    it('shows each step with its duration, and sends no message', async () => {
      const { ok, steps, total_ms: totalMs } = await prove()
      expect(brief(steps)).toEqual(
        ['accept', 'answer', 'process', 'telegram', 'settle'].map((step) => [step, true, null]),
      )
      expect(ok).toBe(true)
      for (const { ms } of steps) expect(ms ?? Infinity).toBeLessThanOrEqual(totalMs)
      const [accept, answer, , telegram] = steps
      expect(answer?.ms).toBeGreaterThan(0)
      expect(accept?.ms ?? Infinity).toBeLessThanOrEqual((answer?.ms ?? 0) + 1)
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

    it('can run again, also at the same time, with a new update id each time', async () => {
      const proofs = await Promise.all([prove(), prove(), prove()])
      expect(proofs.map(({ ok }) => ok)).toEqual([true, true, true])
      const ids = panel.events('update received').map((line) => Number(line['update_id']))
      expect(new Set(ids).size).toBe(3)
      for (const id of ids) expect(id).toBeGreaterThanOrEqual(2 ** 52)
    })

    it('keeps the log level of the deployment', async () => {
      panel.env['LOG_LEVEL'] = 'info'
      await prove()
      await panel.settled()
      expect(panel.lines.some(({ level }) => level === 'debug')).toBe(false)
      expect(panel.events('update processed')).toHaveLength(1)
    })

    it('ignores other updates that the same sweep processes', async () => {
      const user = panel.telegram.user({ first_name: 'Ada' }).id
      await panel.operate('POST', '/processing', { paused: true })
      for (const id of [1, 2, 3]) await panel.deliver(message(id, `/ping ${id}`, user))
      await panel.test.raw.command('HSET', panel.keys.shard(0), 'swept_at', '0')
      for (const key of panel.keys.allShards) await panel.test.raw.command('HSET', key, 'breaker', '')
      expect((await prove()).ok).toBe(true)
      await panel.settled()
    })

    it('reports a pause: accepted, and not taken', async () => {
      await panel.operate('POST', '/processing', { paused: true })
      const { ok, steps } = await prove()
      expect(ok).toBe(false)
      expect(brief(steps)).toEqual([
        ['accept', true, null],
        ['answer', true, null],
        ['process', false, 'paused'],
        ['telegram', false, 'not_reached'],
        ['settle', false, 'not_reached'],
      ])
      expect(steps.slice(2).map(({ ms }) => ms)).toEqual([null, null, null])
      expect((await panel.audit())[0]).toEqual(['prove', 'paused'])
      // It waits like any other update, and is processed with them.
      await panel.operate('POST', '/processing', { paused: false })
      await panel.settled()
      expect((await panel.operate('GET', '/status')).json).toMatchObject({
        inbox: { pending: 0, dead_letters: 0 },
      })
    })

    it('reports that Telegram does not answer', async () => {
      await restart()
      panel.telegram.faults.set('getMe', { status: 502, times: 1 })
      const { ok, steps } = await prove()
      expect(ok).toBe(false)
      expect(brief(steps)).toEqual([
        ['accept', true, null],
        ['answer', true, null],
        ['process', false, 'telegram_unreachable'],
        ['telegram', false, 'telegram_unreachable'],
        ['settle', false, 'not_reached'],
      ])
      // The next try succeeds, behind the answer.
      await panel.settled()
      expect((await panel.operate('GET', '/status')).json).toMatchObject({
        inbox: { pending: 0, dead_letters: 0 },
      })
    })

    it.each([
      [{ status: 400, description: 'Bad Request: odd' }, '400 Bad Request: odd'],
      [{ status: 401, description: 'Unauthorized' }, 'token_revoked'],
    ])('shows Telegram’s description of a refusal: %j', async (fault, error) => {
      await restart()
      panel.telegram.faults.set('getMe', { ...fault, times: 1 })
      const { steps } = await prove()
      expect(brief(steps).slice(2, 4)).toEqual([
        ['process', false, error],
        ['telegram', false, error],
      ])
      expect((await panel.audit())[0]).toEqual(['prove', error])
    })

    it('reports an open breaker', async () => {
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
      expect(brief(steps)[2]).toEqual(['process', false, 'token'])
    })

    it('reports an unreachable store', async () => {
      panel.clock = skippingClock()
      panel.env['UPSTASH_REDIS_REST_URL'] = 'http://127.0.0.1:9'
      const { status, json } = await panel.operate('POST', '/setup', { action: 'prove' })
      expect(status).toBe(200)
      expect(brief(json['steps'] as ProofStep[])[0]).toEqual(['accept', false, 'store_unavailable'])
      expect(json['ok']).toBe(false)
    })

    it.each([{}, { action: 'disprove' }, null])('refuses %j', async (body) => {
      expect((await panel.operate('POST', '/setup', body)).status).toBe(422)
    })
  })
})
