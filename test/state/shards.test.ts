/** Reads without a script: replies are checked like those of scripts, and a store may refuse a command. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAllShards, readShards } from '../../lib/state/shards.ts'
import { readStoreFacts } from '../../lib/operator/store-facts.ts'
import { openStore } from '../../lib/redis.ts'
import { SLOT_MS, statsField } from '../../lib/stats.ts'
import { createTime } from '../support/virtual.ts'
import { describeEngines, openStore as openTestStore } from '../support/store.ts'

const LIMITS = { timeoutMs: 1000, totalMs: 1000 }

describeEngines('reading fields', (engine) => {
  const test = openTestStore(engine)
  afterAll(() => test.cleanup())
  const config = {
    store: { url: test.url, token: test.token },
    keyPrefix: test.prefix,
    storeKeyLocking: false,
  }
  const store = openStore(config)

  it('returns each key’s fields in order, null for a missing field', async () => {
    const [key, other] = [store.keys.shard(0), store.keys.shard(1)]
    await test.raw.command('HSET', key, 'a', '1', 'b', '{"x":1}', 'c', 'true')
    const fields = ['b', 'missing', 'a', 'c']
    expect(
      await store.readFields([
        { key, fields },
        { key: other, fields: ['a', 'b'] },
      ]),
    ).toEqual([
      ['{"x":1}', null, '1', 'true'],
      [null, null],
    ])
  })

  it('returns no throttle that is over', async () => {
    const nowMs = 1_790_000_000_000
    const breaker = async (index: number) => (await readShards(store, [index], nowMs))[0]?.bot.breaker
    await test.raw.command(
      'HSET',
      store.keys.shard(3),
      'breaker',
      'throttled',
      'breaker_until',
      String(nowMs),
    )
    await test.raw.command(
      'HSET',
      store.keys.shard(4),
      'breaker',
      'throttled',
      'breaker_until',
      String(nowMs + 1),
    )
    expect([await breaker(3), await breaker(4)]).toEqual(['', 'throttled'])
  })

  it('of a key of another type throws a definite StoreError', async () => {
    const key = store.keys.shard(2)
    await test.raw.command('SET', key, 'x')
    const read = store.readFields([{ key, fields: ['a'] }], LIMITS)
    await expect(read).rejects.toMatchObject({ name: 'StoreError', code: 'wrong_type', definite: true })
    await test.raw.command('DEL', key)
  })

  it('of all shards leaves out the durations of slots before the wanted time', async () => {
    const nowMs = 1_790_000_000_000
    const current = Math.floor(nowMs / SLOT_MS)
    const slots = [current, current - 20].flatMap((slot) => [
      statsField(slot * SLOT_MS),
      `${slot} 1 2 3 4 5:6 7:8`,
    ])
    await test.raw.command('HSET', store.keys.shard(3), ...slots)
    const { slots: read = [] } = (await readAllShards(store, nowMs, 10 * SLOT_MS))[3] ?? {}
    const sums = read.map(({ accepted, dead, ack }) => [accepted, dead, ack.reduce((sum, n) => sum + n, 0)])
    expect(sums).toEqual([
      [1, 4, 0],
      [1, 4, 6],
    ])
  })

  it('of an unreachable store fails within the time limit', async () => {
    const { clock } = createTime()
    const away = openStore({ ...config, store: { url: 'http://127.0.0.1:9', token: 'x' } }, { clock })
    await expect(readShards(away, [0], Date.now())).rejects.toMatchObject({ code: 'unreachable' })
    expect(await readStoreFacts(away)).toEqual({
      usedBytes: null,
      maxBytes: null,
      keys: null,
      evictionPolicy: null,
    })
  })
})

describe('a store with invalid answers', () => {
  let answer: (path: string) => [status: number, body: unknown]
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    request.resume()
    request.on('end', () => {
      const [status, body] = answer(request.url ?? '')
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  beforeEach(async () => {
    asked = 0
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const open = () => {
    const { port } = server.address() as AddressInfo
    const store = { url: `http://127.0.0.1:${port}`, token: 'token' }
    return openStore({ store, keyPrefix: 'p', storeKeyLocking: false })
  }

  it.each([
    ['null', null],
    ['no list', { result: 'x' }],
    ['too few replies', [{ result: ['1', '2'] }]],
    ['too few fields', [{ result: ['1'] }, { result: ['1', '2'] }]],
    ['an object in a field', [{ result: ['1', {}] }, { result: ['1', '2'] }]],
    ['null for a list', [{ result: null }, { result: ['1', '2'] }]],
    ['an error among them', [{ error: 'ERR no' }, { result: ['1', '2'] }]],
  ])('causes a StoreError when it answers with %s', async (_name, body) => {
    answer = () => [200, body]
    const fields = ['a', 'b']
    const read = open().readFields(
      [
        { key: 'x', fields },
        { key: 'y', fields },
      ],
      { timeoutMs: 300, totalMs: 300 },
    )
    await expect(read).rejects.toMatchObject({ name: 'StoreError' })
  })

  it('is asked once when it refuses INFO', async () => {
    answer = () => [400, { error: 'NOPERM this user has no permissions to run the command' }]
    expect(await readStoreFacts(open())).toEqual({
      usedBytes: null,
      maxBytes: null,
      keys: null,
      evictionPolicy: null,
    })
    expect(asked).toBe(2)
  })

  it.each([
    ['used_memory:1024\r\nmaxmemory:4096\r\nmaxmemory_policy:allkeys-lru\r\n', [1024, 4096, 'allkeys-lru']],
    ['used_memory:1024\nmaxmemory:0\nmaxmemory_policy:noeviction', [1024, null, 'noeviction']],
    ['# Memory\r\nused_memory_human:1K\r\nused_memory:lots\r\n', [null, null, null]],
    ['', [null, null, null]],
  ])('is read when it answers %j', async (info, [usedBytes, maxBytes, evictionPolicy]) => {
    answer = () => [200, { result: info }]
    expect(await readStoreFacts(open())).toEqual({ usedBytes, maxBytes, keys: null, evictionPolicy })
  })
})
