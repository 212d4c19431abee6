/** Telegram is away for an hour of virtual time: the real functions on a real Redis, only that nobody waits. */
import { setImmediate as tick } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { health } from '../../lib/endpoints/health.ts'
import type { Surroundings } from '../../lib/invocation.ts'
import { webhook } from '../../lib/endpoints/webhook.ts'
import { VirtualTime } from '../simulation/time.ts'
import { startFakeTelegram, textUpdate, type FakeTelegram } from '../support/fake-telegram.ts'
import { readBooks } from '../support/mailbox.ts'
import { pongs } from '../support/pings.ts'
import { openStore, type TestStore } from '../support/store.ts'
import { describeSystem, type World } from '../support/world.ts'
import { loadBot } from '../support/load-bot.ts'

const TOKEN = '123456789:AAabcdefghijklmnopqrstuvw'
const SECRET = 'the-webhook-secret-0123456789'
const MINUTE_MS = 60_000
const CHATS = Array.from({ length: 8 }, (_, index) => 201 + index)
/** In all during the outage. */
const written = CHATS.length + 60
const START_MS = 1_790_000_000_000

describeSystem('an outage of an hour', () => {
  let store: TestStore
  let telegram: FakeTelegram
  beforeAll(async () => {
    store = openStore('native')
    telegram = await startFakeTelegram({ token: TOKEN })
    // Loading takes real time, of which the virtual one knows nothing.
    await Promise.all([import('../../lib/worker/worker.ts'), loadBot()])
  })
  afterAll(async () => {
    await telegram.close()
    await store.cleanup()
  })

  it.each([{ isWarm: true }, { isWarm: false }])(
    'warm: $isWarm: nothing is dead-lettered, all is answered once, in order',
    async ({ isWarm }) => {
      onTestFinished(() => void vi.unstubAllGlobals())
      const prefix = `${store.prefix}${isWarm ? 'warm' : 'new'}`
      const time = new VirtualTime()
      let calls = 0
      const realFetch = globalThis.fetch
      vi.stubGlobal('fetch', async (...args: Parameters<typeof fetch>) => {
        calls++
        try {
          const response = await realFetch(...args)
          // The headers come first; a call is under way until another process has sent the last of its body.
          const body = await response.arrayBuffer()
          return new Response(body.byteLength > 0 ? body : null, response)
        } finally {
          calls--
        }
      })
      const lines: Record<string, unknown>[] = []
      const work = new Set<Promise<unknown>>()
      const around: Surroundings = {
        env: {
          TELEGRAM_BOT_TOKEN: TOKEN,
          ADMIN_TOKEN: 'an-admin-token-of-more-than-32-characters',
          TELEGRAM_WEBHOOK_SECRET: SECRET,
          UPSTASH_REDIS_REST_URL: store.url,
          UPSTASH_REDIS_REST_TOKEN: store.token,
          KEY_PREFIX: prefix,
          TELEGRAM_API_ROOT: telegram.url,
          RATE_LIMIT_REQUESTS: '0',
        },
        bot: loadBot,
        waitUntil: (promise) => void work.add(promise.finally(() => work.delete(promise))),
        write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
        now: () => String(START_MS + Math.floor(time.nowMs)),
        clock: {
          monotonicMs: () => time.nowMs,
          sleep: (ms, signal) =>
            new Promise((resolve) => {
              if (signal?.aborted) return resolve()
              const timer = time.set(time.nowMs + ms, resolve)
              signal?.addEventListener('abort', () => {
                time.clear(timer)
                resolve()
              })
            }),
        },
      }
      /** Waits until nobody waits for anything but the time: once its calls are over, the rest is turns of this process. */
      const quiet = async () => {
        for (let turns = 0; turns < 20; turns++) {
          if (calls > 0) turns = 0
          await tick()
        }
      }
      const goTo = async (ms: number) => {
        await quiet()
        for (let next = time.nextMs(); next !== null && next <= ms; next = time.nextMs()) {
          time.fireNext()
          await quiet()
        }
        time.nowMs = ms
      }
      const count = (event: string) => lines.filter((line) => line['event'] === event).length
      const sent = new Map<number, string[]>(CHATS.map((chat) => [chat, []]))
      const write = async (chat: number) => {
        const tag = `${isWarm ? 'w' : 'n'}${chat}-${sent.get(chat)?.length}`
        sent.get(chat)?.push(tag)
        const request = new Request('https://bot.example.com/webhook', {
          method: 'POST',
          headers: { 'x-telegram-bot-api-secret-token': SECRET },
          body: JSON.stringify(textUpdate(`/ping ${tag}`, chat)),
        })
        expect((await webhook(request, around)).status).toBe(200)
      }
      const look = async () => {
        const answer = await health(new Request('https://bot.example.com/health'), around)
        return (await answer.json()) as Record<string, unknown>
      }
      const answered = (chat: number) =>
        pongs(telegram, chat).filter((tag) => tag.startsWith(isWarm ? 'w' : 'n'))

      telegram.switches.isDown = false
      if (isWarm) {
        await write(201)
        await goTo(MINUTE_MS)
        expect(answered(201)).toHaveLength(1)
      }
      const fromMs = time.nowMs
      telegram.switches.isDown = true
      // Every chat writes at the beginning, and one each minute after that; a monitor looks each minute.
      for (const chat of CHATS) await write(chat)
      for (let minute = 1; minute <= 60; minute++) {
        await goTo(fromMs + minute * MINUTE_MS)
        await write(CHATS[minute % CHATS.length] ?? 201)
        if (minute % 2 === 0)
          expect(await look()).toMatchObject({ status: 'unhealthy', bot_status: 'FAILED' })
      }
      await goTo(fromMs + 61 * MINUTE_MS)
      const before = count('update failed')
      const books = await readBooks({ store: { ...store, prefix } } as World)
      expect(books).toMatchObject({ dead: 0, pending: written, faults: '' })
      // The breaker spares the updates: each was tried a few times in an hour, not each at every probe.
      expect(before).toBeLessThan(60)
      // A probe each ten seconds at most, whoever asks.
      expect(telegram.countOf('getMe')).toBeLessThan(2 * 400)

      telegram.switches.isDown = false
      const backMs = time.nowMs
      await look()
      await goTo(backMs + 30_000)
      for (const chat of CHATS) expect(answered(chat)).toEqual(sent.get(chat))
      expect(await readBooks({ store: { ...store, prefix } } as World)).toMatchObject({
        accepted: isWarm ? written + 1 : written,
        settled: isWarm ? written + 1 : written,
        pending: 0,
        dead: 0,
        faults: '',
      })
      expect(count('update dead-lettered')).toBe(0)
      await goTo(backMs + 2 * MINUTE_MS)
      await look()
      await goTo(backMs + 3 * MINUTE_MS)
      expect(await look()).toMatchObject({ status: 'healthy', bot_status: 'OK', error_count: 0 })
      await goTo(backMs + 10 * MINUTE_MS)
      await Promise.all(work)
      vi.unstubAllGlobals()
    },
    180_000,
  )
})
