/** The built functions over HTTP, each alone in its folder, on this machine's Node and on production's. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { startMtproto, type MtprotoServer } from '../../lib/dev/mtproto/server.ts'
import { findNative, startEngine } from '../../lib/dev/store/engine.ts'
import { startStoreFront } from '../../lib/dev/store/front.ts'
import { startTelegram, type TelegramEmulator } from '../../lib/dev/telegram/emulator.ts'
import { METHODS, PATHS } from './contract.ts'
import { startDeployment, type Deployment } from './deployment.ts'

const { project } = inject('build')
const TOKEN = '7000000007:a-token-for-the-deploy-proof'
const ADMIN = randomBytes(24).toString('base64url')
const SECRET = 'a-webhook-secret'
const NEEDED = ['TELEGRAM_BOT_TOKEN', 'ADMIN_TOKEN', 'UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN']
const OPERATORS = PATHS.filter(({ name }) => name !== 'webhook' && name !== 'health')

/** How long the work after an answer may take, in milliseconds. */
const PATIENCE = { timeout: 20_000, interval: 20 }

const closers: (() => Promise<void>)[] = []
const closing = <Closable extends { close(): Promise<void> }>(opened: Closable): Closable => {
  closers.push(() => opened.close())
  return opened
}
let store: Record<string, string>
let telegram: TelegramEmulator
let mtproto: MtprotoServer

beforeAll(async () => {
  const engine = closing(await startEngine({ kind: findNative() === null ? 'js' : 'native' }))
  const front = closing(await startStoreFront({ redisPort: engine.port, token: 'a-store-token' }))
  mtproto = closing(await startMtproto())
  store = { UPSTASH_REDIS_REST_URL: front.url, UPSTASH_REDIS_REST_TOKEN: front.token }
})
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

/** All settings of a deployment over the real store and the emulator, with keys of its own. */
const settings = (publicUrl: string) => ({
  ...store,
  TELEGRAM_BOT_TOKEN: TOKEN,
  ADMIN_TOKEN: ADMIN,
  TELEGRAM_WEBHOOK_SECRET: SECRET,
  TELEGRAM_API_ROOT: telegram.url,
  PUBLIC_URL: publicUrl,
  VERCEL_ENV: 'production',
  TELEGRAM_API_ID: '1',
  TELEGRAM_API_HASH: 'an-application',
  TELEGRAM_MTPROTO: mtproto.setting,
  KEY_PREFIX: `deploy-${randomBytes(6).toString('hex')}`,
})

interface Answer {
  status: number
  headers: Headers
  text: string
  json: Record<string, unknown>
}

async function call(
  { url }: Deployment,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: unknown = null,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(body !== null && { 'content-type': 'application/json' }) },
    body: body === null ? null : JSON.stringify(body),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== ''
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  }
}

const asAdmin = { authorization: `Bearer ${ADMIN}` }

describe.each(inject('nodes'))('on Node $version', ({ path: node }) => {
  describe('with no configuration', () => {
    let deployment: Deployment
    beforeAll(async () => {
      deployment = await startDeployment(project, { node, env: () => ({}) })
    })
    afterAll(() => deployment.close())

    it('/health answers 503 and names what is missing', async () => {
      const { status, text, json } = await call(deployment, 'GET', '/health')
      expect({ status, bot: json['bot_status'] }).toEqual({ status: 503, bot: 'FAILED' })
      for (const name of NEEDED) expect(text).toContain(name)
    })

    it.each(PATHS)('$path refuses every other method with 405, Allow and JSON', async ({ path, methods }) => {
      for (const method of METHODS.filter((name) => !methods.includes(name))) {
        const { status, headers, json } = await call(deployment, method, path)
        expect({ method, status }).toEqual({ method, status: 405 })
        expect(headers.get('allow')?.split(', ')).toEqual(methods)
        if (method !== 'HEAD') expect(json).toMatchObject({ error: { code: 'method_not_allowed' } })
      }
    })

    it.each(METHODS)('/api/panel answers %s with 404, because it is no path of its table', async (method) => {
      const { status, headers, json } = await call(deployment, method, '/api/panel')
      expect({ status, allow: headers.get('allow') }).toEqual({ status: 404, allow: null })
      if (method !== 'HEAD') expect(json).toMatchObject({ error: { code: 'not_found' } })
    })

    it.each(PATHS.filter(({ name }) => name !== 'health'))(
      '$path fails closed',
      async ({ path, methods }) => {
        const { status, json } = await call(deployment, methods[0] ?? '', path)
        expect({ status, error: json['error'] }).toMatchObject({
          status: 503,
          error: { code: 'configuration_faulty' },
        })
      },
    )
  })

  describe('with all settings', () => {
    let deployment: Deployment
    beforeAll(async () => {
      telegram = await startTelegram({ token: TOKEN })
      let env: Record<string, string> | undefined
      deployment = await startDeployment(project, { node, env: (url) => (env ??= settings(url)) })
    })
    afterAll(async () => {
      await deployment.close()
      await telegram.close()
    })

    it.each(OPERATORS)('$path answers 401 without the admin token', async ({ path, methods }) => {
      for (const headers of [{}, { authorization: `Bearer ${SECRET}` }]) {
        const { status, json } = await call(deployment, methods[0] ?? '', path, headers)
        expect(status).toBe(401)
        expect(json).toMatchObject({ error: { code: 'unauthorized' } })
      }
    })

    it('/webhook answers 401 to a wrong secret', async () => {
      const headers = { 'x-telegram-bot-api-secret-token': 'another' }
      const { status, json } = await call(deployment, 'POST', '/webhook', headers, { update_id: 1 })
      expect({ status, json }).toMatchObject({ status: 401, json: { error: { code: 'unauthorized' } } })
    })

    it('POST /restart registers the webhook', async () => {
      const { status, json } = await call(deployment, 'POST', '/restart_bot', asAdmin)
      expect({ status, complete: json['complete'] }, JSON.stringify(json)).toEqual({
        status: 200,
        complete: true,
      })
      expect(telegram.webhookInfo()['url']).toBe(`${deployment.url}/webhook`)
    })

    it('a message is accepted with 200 and answered after it', async () => {
      // No reply can be sent until the 200 is there, so that what sends it is the work after the answer.
      telegram.faults.set('sendMessage', { status: 502 })
      const user = telegram.user({ first_name: 'Ada', language_code: 'en' })
      const updateId = telegram.sendText(user, '/ping from a built function')
      const delivery = await telegram.waitFor(() =>
        telegram.deliveries.find((record) => record.updateId === updateId),
      )
      expect(delivery).toMatchObject({ status: 200, attempt: 1 })
      telegram.faults.clear()
      await telegram.waitFor(() => telegram.replies(user)[0]?.includes('from a built function'), {
        timeoutMs: PATIENCE.timeout,
        what: 'the reply of /ping',
      })
      expect(telegram.violations).toEqual([])
    })

    it('/health is healthy, and has no body for HEAD', async () => {
      const full = await vi.waitFor(async () => {
        const answer = await call(deployment, 'GET', '/health')
        expect(answer.json).toMatchObject({ status: 'healthy' })
        return answer
      }, PATIENCE)
      expect(full.json).toMatchObject({
        bot_status: 'OK',
        environment: 'production',
        telegram: { webhook_url_matches: true },
      })
      const head = await call(deployment, 'HEAD', '/health')
      expect({ status: head.status, text: head.text }).toEqual({ status: 200, text: '' })
    })

    it('/account logs in at a server of MTProto and reads its chats', async () => {
      const begun = await call(deployment, 'POST', '/account/qr', asAdmin, {})
      expect(begun).toMatchObject({ status: 201, json: { state: 'qr_waiting' } })
      mtproto.scan(String(begun.json['url']), mtproto.add({ home: 4 }))
      const done = await call(deployment, 'POST', '/account/qr/check', asAdmin, {})
      expect(done).toMatchObject({ status: 200, json: { state: 'connected' } })
      const { status, json } = await call(deployment, 'GET', '/account/chats?limit=1', asAdmin)
      expect({ status, chats: json['chats'] }).toMatchObject({
        status: 200,
        chats: [{ title: 'Bob Bobson' }],
      })
      expect(await call(deployment, 'DELETE', '/account', asAdmin, {})).toMatchObject({
        status: 200,
        json: { ended_at_telegram: true },
      })
    })

    const others = OPERATORS.filter(({ name }) => name !== 'account')
    it.each(others)('$path answers 200 to the admin token', async ({ path, methods, body }) => {
      const { status, text } = await call(deployment, methods[0] ?? '', path, asAdmin, body)
      expect({ status, text }).toMatchObject({ status: 200 })
    })
  })

  it('the 200 needs neither telegraf nor zod', async () => {
    telegram = await startTelegram({ token: TOKEN })
    const deployment = await startDeployment(project, {
      node,
      env: settings,
      prepare: async (folder) => {
        for (const name of ['telegraf', 'zod'])
          await rm(join(folder, 'node_modules', name), { recursive: true })
      },
    })
    try {
      const headers = { 'x-telegram-bot-api-secret-token': SECRET }
      const chat = { id: 5, type: 'private', first_name: 'Ada' }
      const message = { message_id: 1, date: 1, chat, from: { ...chat, is_bot: false }, text: 'hello' }
      const { status } = await call(deployment, 'POST', '/webhook', headers, { update_id: 1, message })
      expect(status).toBe(200)
      // They were really gone: the work after the answer looks for them in vain.
      const missing = /Cannot find package '(telegraf|zod)'/
      await vi.waitFor(async () => expect(await deployment.output('webhook')).toMatch(missing), PATIENCE)
    } finally {
      await deployment.close()
      await telegram.close()
    }
  })
})
