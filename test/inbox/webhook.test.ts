/** Authentication of the webhook, and its calls of the store before the 200. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { webhook } from '../../lib/endpoints/webhook.ts'
import { loadBot } from '../support/load-bot.ts'

const SECRET = 'the-webhook-secret-0123456789'
const OTHER = 'another-well-formed-secret'

describe('authentication of the webhook', () => {
  const asked: string[] = []
  let reply: { status: number; body: unknown }
  let url: string
  let close: () => Promise<void>

  beforeEach(async () => {
    asked.length = 0
    reply = { status: 200, body: { result: ['unknown'] } }
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => {
        asked.push(body)
        response.writeHead(reply.status).end(JSON.stringify(reply.body))
      })
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    close = () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  })
  afterEach(() => close())

  const knock = async (secret: string | null): Promise<number> => {
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (secret !== null) headers['x-telegram-bot-api-secret-token'] = secret
    const request = new Request('https://bot.example/webhook', {
      method: 'POST',
      headers,
      body: '{"update_id":1}',
    })
    const env = {
      TELEGRAM_BOT_TOKEN: '123456789:AAabcdefghijklmnopqrstuvw',
      ADMIN_TOKEN: 'an-admin-token-of-more-than-32-characters',
      TELEGRAM_WEBHOOK_SECRET: SECRET,
      UPSTASH_REDIS_REST_URL: url,
      UPSTASH_REDIS_REST_TOKEN: 'token',
      LOG_LEVEL: 'silent',
    }
    try {
      return (await webhook(request, { env, bot: loadBot, waitUntil: () => {} })).status
    } catch (error) {
      return (error as { status?: number }).status ?? 503
    }
  }
  /** Base64, as the client requests it. */
  const answer = (...words: string[]) => {
    reply = { status: 200, body: { result: words.map((word) => Buffer.from(word).toString('base64')) } }
  }

  it('refuses a missing or malformed secret without a store call', async () => {
    for (const secret of [null, '', 'with spaces', 'ä', `${SECRET}!`, 'x'.repeat(257)]) {
      expect(await knock(secret)).toBe(401)
    }
    expect(asked).toEqual([])
  })

  it('refuses another secret that Telegram was never given', async () => {
    answer('unknown')
    expect(await knock(OTHER)).toBe(401)
    expect(asked).toHaveLength(1)
    expect(asked[0]).not.toContain(OTHER)
  })

  it('refuses another secret while the store refuses to answer', async () => {
    reply = { status: 401, body: { error: 'WRONGPASS invalid or missing auth token' } }
    expect(await knock(OTHER)).toBe(401)
  })

  it('accepts the right secret, with accept as the only store call', async () => {
    answer('accepted', 'queued', '5', '0', '1', '', '5', '', '0', '0', '', '0', '', '', '0', '0')
    expect(await knock(SECRET)).toBe(200)
    expect(asked).toHaveLength(1)
    expect(asked[0]).toContain('update_id')
  })

  it('accepts another secret that Telegram was given', async () => {
    answer('known')
    // The next call is accept, which needs another reply.
    expect(await knock(OTHER)).toBe(503)
    expect(asked.length).toBeGreaterThan(1)
  })
})
