/** The panel's requests: their answers, and the cost of a tick. */
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { SHARDS, shardOf } from '../../lib/redis.ts'
import { SLOT_MS } from '../../lib/stats.ts'
import { startMonitor } from '../support/monitor.ts'
import {
  ADMIN,
  message,
  openPanel,
  START_MS,
  skippingClock,
  type Answered,
  type Panel,
} from '../support/panel.ts'
import { describeEngines } from '../support/store.ts'
import { until } from '../support/until.ts'

const MINUTE = 60_000
const at = (ms: number) => new Date(ms).toISOString()

interface Shard {
  index: number
  pending: number
  accepted: number
  slots: { at: string; accepted: number; settled: number; failed: number; dead: number }[]
}
const shardsIn = ({ json }: Answered) => json['shards'] as Shard[]

describeEngines('/status', (engine) => {
  let panel: Panel
  beforeEach(async () => {
    panel = await openPanel(engine)
    panel.nowMs = START_MS
  })
  afterEach(() => panel.close())

  const look = (query = '') => panel.operate('GET', `/status${query}`)
  const someone = () => panel.telegram.user({ first_name: 'Ada' }).id
  const send = async (id: number, text: string, user = someone()) => {
    expect((await panel.deliver(message(id, text, user))).status).toBe(200)
    await panel.settled()
  }

  describe('the full read', () => {
    it('of a new deployment has all fields, with empty values', async () => {
      const { status, json, headers } = await look()
      expect(status).toBe(200)
      expect(headers.get('cache-control')).toBe('no-store')
      const none = { count: 0, p50_ms: null, p95_ms: null, p99_ms: null }
      expect(json).toMatchObject({
        actor: 'admin token',
        detail: {
          paused: false,
          latency: { window_s: 3600, ack: none, end_to_end: none },
          history: { slot_s: 300, slots: [] },
        },
      })
      const { shards } = json['detail'] as { shards: Shard[] }
      expect(shards.map(({ index }) => index)).toEqual([...Array(SHARDS).keys()])
      expect(shards[0]).toEqual({
        index: 0,
        pending: 0,
        accepted: 0,
        settled: 0,
        last_accepted_at: null,
        last_settled_at: null,
        last_sweep_at: null,
        bot: { status: 'UNKNOWN', errors: 0, epoch: 0, breaker: null, last_reinitialized_at: null },
        slots: [],
      })
    })

    it('has the history of a day over all shards, oldest first, and the last hour’s durations', async () => {
      await send(1, '/ping a')
      panel.nowMs = START_MS + 30 * MINUTE
      await send(2, '/ping b')
      await send(3, '/ping c')
      panel.nowMs = START_MS + 62 * MINUTE
      panel.telegram.faults.set('sendMessage', { status: 400, times: 1, description: 'Bad Request: no' })
      await send(4, '/ping d')
      const { json } = await look()
      const slot = (ms: number, counts: object) => ({ at: at(Math.floor(ms / 300_000) * 300_000), ...counts })
      expect(json).toMatchObject({
        detail: {
          history: {
            slots: [
              slot(START_MS, { accepted: 1, settled: 1, failed: 0, dead: 0 }),
              slot(START_MS + 30 * MINUTE, { accepted: 2, settled: 2, failed: 0, dead: 0 }),
              slot(START_MS + 62 * MINUTE, { accepted: 1, settled: 0, failed: 1, dead: 1 }),
            ],
          },
          // The first is older than an hour, and the last did not settle.
          latency: { ack: { count: 2 }, end_to_end: { count: 2 } },
        },
      })
      const { latency } = json['detail'] as { latency: { ack: Record<string, number> } }
      expect(latency.ack['p50_ms']).toBeGreaterThan(0)
      expect(latency.ack['p99_ms']).toBeGreaterThanOrEqual(latency.ack['p50_ms'] ?? Infinity)
      // A day later all of it is over, although the fields are still there.
      panel.nowMs = START_MS + 26 * 60 * MINUTE
      expect((await look()).json).toMatchObject({ detail: { history: { slots: [] } } })
    })

    it('has the current and the previous slot of each shard, like the ticks, and no older one', async () => {
      const user = someone()
      const index = shardOf(String(user))
      const looks = async () => {
        const { json } = await look()
        const full = (json['detail'] as { shards: Shard[] }).shards[index]?.slots
        const ticked = shardsIn(await look(`?view=tick&shards=${index}`))[0]?.slots
        expect(full).toEqual(ticked)
        return full?.map((slot) => Date.parse(slot.at))
      }
      const first = Math.floor(START_MS / SLOT_MS) * SLOT_MS
      panel.nowMs = first
      await send(1, '/ping a', user)
      panel.nowMs = first + SLOT_MS
      await send(2, '/ping b', user)
      expect(await looks()).toEqual([first, first + SLOT_MS])
      panel.nowMs = first + 3 * SLOT_MS - 1
      expect(await looks()).toEqual([first + SLOT_MS])
      panel.nowMs += 1
      expect(await looks()).toEqual([])
    })

    it('skips an unreadable slot', async () => {
      await panel.test.raw.command('HSET', panel.keys.shard(3), 's:0', 'nonsense', 's:1', '9 9 9 9 9 x y')
      expect((await look()).json).toMatchObject({ detail: { history: { slots: [] } } })
    })

    it('has the store’s size where the store reports it', async () => {
      const { json } = await look()
      const { store } = json['detail'] as { store: Record<string, unknown> }
      expect(Object.keys(store)).toEqual(['used_bytes', 'max_bytes', 'keys', 'eviction_policy'])
      if (engine === 'native') {
        expect(store).toMatchObject({ max_bytes: null, eviction_policy: 'noeviction' })
        expect(store['used_bytes']).toBeGreaterThan(100_000)
        expect(store['keys']).toBeGreaterThanOrEqual(0)
      }
    })

    it.each(['token', 'cookie'])(
      'reports an unreachable store to an operator with a %s',
      async (credential) => {
        const cookie = await panel.logIn()
        panel.clock = skippingClock()
        panel.env['UPSTASH_REDIS_REST_URL'] = 'http://127.0.0.1:9'
        const asked = credential === 'token' ? { token: ADMIN } : { cookie }
        expect(await panel.ask('GET', '/status', asked)).toMatchObject({
          status: 200,
          json: { status: 'unhealthy', reasons: ['store_unreachable'], detail: null, actor: 'admin token' },
        })
      },
    )

    it.each([
      ['/status', 'a wrong token', 401],
      ['/dead-letters', 'a cookie', 503],
    ])('refuses %s while the store is away, with %s: %i', async (path, credential, status) => {
      const cookie = await panel.logIn()
      panel.clock = skippingClock()
      panel.env['UPSTASH_REDIS_REST_URL'] = 'http://127.0.0.1:9'
      const asked = credential === 'a cookie' ? { cookie } : { token: 'wrong' }
      expect((await panel.ask('GET', path, asked)).status).toBe(status)
    })
  })

  describe('the tick', () => {
    it('has the counters of the requested shards', async () => {
      const user = someone()
      await send(1, '/ping a', user)
      const index = shardOf(String(user))
      const other = (index + 1) % SHARDS
      const answer = await look(`?view=tick&shards=${index},${other}`)
      expect(answer).toMatchObject({ status: 200, json: { now: at(START_MS) } })
      expect(shardsIn(answer)).toMatchObject([
        {
          index,
          pending: 0,
          accepted: 1,
          settled: 1,
          last_accepted_at: at(START_MS),
          last_settled_at: at(START_MS),
          last_sweep_at: at(START_MS),
          bot: { status: 'OK', errors: 0, epoch: 1, breaker: null },
          slots: [{ at: at(Math.floor(START_MS / 300_000) * 300_000), accepted: 1, settled: 1 }],
        },
        { index: other, accepted: 0, slots: [], bot: { status: 'OK', epoch: 1 } },
      ])
    })

    it('has the current and the previous slot, and none of yesterday', async () => {
      const user = someone()
      const index = shardOf(String(user))
      await send(1, '/ping a', user)
      panel.nowMs = START_MS + 5 * MINUTE
      await send(2, '/ping b', user)
      expect(shardsIn(await look(`?view=tick&shards=${index}`))[0]?.slots).toHaveLength(2)
      panel.nowMs = START_MS + 10 * MINUTE
      expect(shardsIn(await look(`?view=tick&shards=${index}`))[0]?.slots).toHaveLength(1)
      // The same field, a day later.
      panel.nowMs = START_MS + 24 * 60 * MINUTE
      expect(shardsIn(await look(`?view=tick&shards=${index}`))[0]?.slots).toEqual([])
    })

    it.each([
      '?view=tick&shards=8',
      '?view=tick&shards=0,1,2',
      '?view=tick&shards=-1',
      '?view=tick&shards=x',
      '?view=all',
    ])('%s is refused', async (query) => {
      expect(await look(query)).toMatchObject({ status: 422, json: { error: { code: 'bad_query' } } })
    })

    it('answers 503 when the store is unreachable', async () => {
      panel.clock = skippingClock()
      panel.env['UPSTASH_REDIS_REST_URL'] = 'http://127.0.0.1:9'
      expect((await look('?view=tick&shards=0')).status).toBe(503)
    })

    it.skipIf(engine !== 'native')('costs exactly two commands, with a token and with a cookie', async () => {
      const cookie = await panel.logIn()
      await send(1, '/ping a')
      const monitor = await startMonitor(inject('stores').native?.redisPort ?? 0)
      try {
        const { prefix, raw } = panel.test
        for (const asked of [{ token: ADMIN }, { cookie }]) {
          const before = monitor.linesWith(prefix).length
          expect((await panel.ask('GET', '/status?view=tick&shards=2,5', asked)).status).toBe(200)
          // What comes after it has been seen when this has.
          const mark = `${prefix}mark${before}`
          await raw.command('EXISTS', mark)
          await until('the mark', () => monitor.linesWith(mark).length === 1)
          const seen = monitor.linesWith(prefix).slice(before, -1)
          expect(seen).toHaveLength(2)
          expect(seen.map((line) => /"(HMGET)" "([^"]+)"/i.exec(line)?.slice(1))).toEqual(
            [2, 5].map((index) => [expect.stringMatching(/hmget/i), panel.keys.shard(index)]),
          )
        }
      } finally {
        monitor.close()
      }
    })
  })

  describe('the audit log', () => {
    it('has the operators’ actions with their actors, newest first', async () => {
      const cookie = await panel.logIn()
      await panel.ask('POST', '/reset-errors', { cookie, body: {} })
      panel.nowMs = START_MS + 1000
      await panel.operate('POST', '/drain', {})
      const { status, json } = await look('?view=audit')
      expect(status).toBe(200)
      expect(json).toEqual({
        entries: [
          {
            at: at(START_MS + 1000),
            actor: 'admin token',
            action: 'sweep',
            target: null,
            result: '0',
            count: 1,
          },
          {
            at: at(START_MS),
            actor: 'admin token',
            action: 'reset_errors',
            target: null,
            result: '0',
            count: 1,
          },
          { at: at(START_MS), actor: 'admin token', action: 'login', target: null, result: 'ok', count: 1 },
        ],
      })
    })

    it('has failed actions, but not requests that were refused', async () => {
      panel.telegram.faults.set('getMe', { status: 502 })
      expect((await panel.operate('POST', '/restart')).status).toBe(503)
      panel.telegram.faults.clear()
      // What goes on probing needs a time that passes.
      panel.nowMs = null
      await panel.operate('POST', '/processing', { paused: 'yes' })
      await panel.ask('POST', '/restart', { token: 'wrong' })
      expect(await panel.audit()).toEqual([['restart', 'telegram_unreachable']])
    }, 30_000)

    it('keeps the last 200', async () => {
      const { audit } = panel.keys
      const entry = (n: number) =>
        `${START_MS} 1 sweep\n${JSON.stringify({ actor: 'x', target: null, result: String(n) })}`
      await panel.test.raw.command('RPUSH', audit, ...Array.from({ length: 300 }, (_, n) => entry(n)))
      await panel.operate('POST', '/reset-errors')
      const entries = await panel.audit()
      expect(entries).toHaveLength(200)
      expect(entries.slice(0, 2)).toEqual([
        ['reset_errors', '0'],
        ['sweep', '0'],
      ])
      expect(await panel.test.raw.command('LLEN', audit)).toBe(200)
    })

    it('skips an unreadable entry; an action does not fail when its entry cannot be written', async () => {
      const { audit } = panel.keys
      await panel.test.raw.command('RPUSH', audit, 'nonsense', `1 1 sweep\n{`)
      expect(await panel.audit()).toEqual([])
      await panel.test.raw.command('DEL', audit)
      await panel.test.raw.command('SET', audit, 'of another type')
      expect((await panel.operate('POST', '/reset-errors')).status).toBe(200)
      expect(panel.events('an operator’s action was not noted')).toHaveLength(1)
    })

    it('has no entries of the cron', async () => {
      panel.env['CRON_SECRET'] = 'a-cron-secret-of-some-length'
      const answer = await panel.ask('GET', '/drain', { token: 'a-cron-secret-of-some-length' })
      expect(answer.status).toBe(200)
      expect(await panel.audit()).toEqual([])
    })
  })
})
