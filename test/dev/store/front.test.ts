import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startEngine } from '../../../lib/dev/store/engine.ts'
import {
  createRespClient,
  RespConnectionError,
  RespError,
  type RespReply,
} from '../../../lib/dev/store/resp.ts'
import { startStoreFront } from '../../../lib/dev/store/front.ts'
import { describeEngines, openStore } from '../../support/store.ts'

const MAX_BODY_BYTES = 10 * 1024 * 1024
const closers: (() => unknown)[] = []
const later = (close: () => unknown): unknown => closers.push(close)
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

describeEngines('store front', (engine) => {
  const store = openStore(engine)
  const key = (name: string): string => store.prefix + name
  afterAll(() => store.cleanup())

  /** A bare request, so that what is asserted is the wire and not what the client makes of it. */
  const post = async (
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string; json: unknown }> => {
    const response = await fetch(store.url + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${store.token}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, text, json: JSON.parse(text) }
  }
  const base64 = { 'Upstash-Encoding': 'base64' }
  const encoded = (text: string): string => Buffer.from(text).toString('base64')

  describe('strings', () => {
    it('encodes every string when asked to: "OK", other states, nested ones', async () => {
      expect(await post('/', ['SET', key('s'), 'v'], base64)).toMatchObject({ json: { result: 'T0s=' } })
      expect(await post('/', ['GET', key('s')], base64)).toMatchObject({ json: { result: encoded('v') } })
      expect(await post('/', ['PING'], base64)).toMatchObject({ json: { result: encoded('PONG') } })
      const script = `return {'a', {'b', {'c', redis.status_reply('FINE')}, false}, 7}`
      expect((await post('/', ['EVAL', script, 0], base64)).json).toEqual({
        result: [encoded('a'), [encoded('b'), [encoded('c'), encoded('FINE')], null], 7],
      })
      const multi = [
        ['SET', key('s'), 'w'],
        ['GET', key('s')],
      ]
      const results = [{ result: 'T0s=' }, { result: encoded('w') }]
      expect((await post('/pipeline', multi, base64)).json).toEqual(results)
      expect((await post('/multi-exec', multi, base64)).json).toEqual(results)
    })

    it('leaves them as they are when not asked to', async () => {
      expect((await post('/', ['SET', key('s'), 'v'])).json).toEqual({ result: 'OK' })
      expect((await post('/', ['EVAL', `return {'a',{'b'}}`, '0'])).json).toEqual({ result: ['a', ['b']] })
      expect((await post('/', ['GET', key('none')])).json).toEqual({ result: null })
    })

    it.each([
      ['unicode', 'Привет, 世界 😀 é'],
      ['NUL and control characters', 'a\u0000b\r\n\t\u001b"\\'],
      ['what looks like RESP', '$3\r\nfoo\r\n*1\r\n'],
      ['empty', ''],
      ['what looks like base64 of OK', 'T0s='],
    ])('keeps %s', async (_, text) => {
      expect(await store.redis.set(key('t'), text)).toBe('OK')
      expect(await store.redis.get(key('t'))).toBe(text)
      expect((await post('/', ['GET', key('t')])).json).toEqual({ result: text })
    })

    it('stores a lone surrogate as U+FFFD and stays in step', async () => {
      expect(await store.redis.set(key('t'), 'a\ud800b\udc00')).toBe('OK')
      expect(await store.redis.get(key('t'))).toBe('a\ufffdb\ufffd')
      expect(await store.redis.ping()).toBe('PONG')
    })

    it('hands out bytes that are not UTF-8 unchanged', async () => {
      const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x28, 0x0d, 0x0a])
      await store.raw.command('SET', key('b'), bytes)
      expect((await post('/', ['GET', key('b')], base64)).json).toEqual({ result: bytes.toString('base64') })
    })
  })

  describe('integers', () => {
    it.each(['9007199254740993', '9223372036854775807', '-9223372036854775808'])(
      'writes %s digit by digit',
      async (digits) => {
        await store.redis.set(key('n'), digits)
        expect((await post('/', ['INCRBY', key('n'), '0'])).text).toBe(`{"result":${digits}}`)
        expect((await post('/pipeline', [['INCRBY', key('n'), 0]])).text).toBe(`[{"result":${digits}}]`)
        expect(await store.raw.command('INCRBY', key('n'), '0')).toBe(BigInt(digits))
      },
    )

    // Inside Lua every number is a double; past 14 digits the js engine hands fewer of them to redis.call.
    it.runIf(engine === 'native')('keeps 16 digits that a script passes on (native only)', async () => {
      const script = `redis.call('SET', KEYS[1], 1234567890123456) return redis.call('GET', KEYS[1])`
      expect((await post('/', ['EVAL', script, 1, key('n')])).json).toEqual({ result: '1234567890123456' })
    })
  })

  describe('errors', () => {
    it('passes Redis errors through as 400', async () => {
      await store.redis.set(key('s'), 'text')
      expect(await post('/', ['LPUSH', key('s'), 'x'])).toMatchObject({
        status: 400,
        json: { error: 'WRONGTYPE Operation against a key holding the wrong kind of value' },
      })
      expect(await post('/', ['GET'], base64)).toMatchObject({
        status: 400,
        json: { error: "ERR wrong number of arguments for 'get' command" },
      })
      expect(await post('/', ['EVAL', `return redis.error_reply('LOST fence')`, 0])).toMatchObject({
        status: 400,
        json: { error: 'LOST fence' },
      })
    })

    it('passes NOSCRIPT through, so that the client falls back to EVAL', async () => {
      const reply = await post('/', ['EVALSHA', 'f'.repeat(40), 0])
      expect(reply).toMatchObject({ status: 400, json: { error: expect.stringMatching(/^NOSCRIPT /) } })
      const script = store.redis.createScript<string>(`return '${store.prefix}'`)
      expect(await script.exec([], [])).toBe(store.prefix)
      expect(await script.exec([], [])).toBe(store.prefix)
    })

    it.each(['', '{', '["GET"', 'GET k'])('answers 400 to the body %j', async (body) => {
      expect(await post('/', body)).toMatchObject({ status: 400, json: { error: expect.any(String) } })
    })

    it.each([[null], [{}], ['GET'], [[]], [['']], [[1]], [[['GET']]]])(
      'answers 400 to %j, which is no command',
      async (body) => {
        expect(await post('/', body)).toMatchObject({ status: 400, json: { error: expect.any(String) } })
      },
    )

    it.each([[null], [['GET', 'a']], [[]], [{}], [['GET']]])(
      'answers 400 to %j, which is no list of commands',
      async (body) => {
        for (const path of ['/pipeline', '/multi-exec']) {
          expect(await post(path, body)).toMatchObject({ status: 400, json: { error: expect.any(String) } })
        }
      },
    )

    it('takes strings, numbers and booleans, and refuses what is neither', async () => {
      expect((await post('/', ['EVAL', 'return ARGV', 0, 1, 1.5, true, false, '2'])).json).toEqual({
        result: ['1', '1.5', 'true', 'false', '2'],
      })
      for (const arg of [null, ['x'], { a: 1 }]) {
        const reply = await post('/', ['SET', key('s'), arg])
        expect(reply).toMatchObject({ status: 400, json: { error: expect.stringContaining('argument 2') } })
      }
    })

    it('answers in JSON to other paths and methods', async () => {
      expect(await post('/nothing', ['PING'])).toMatchObject({
        status: 404,
        json: { error: expect.any(String) },
      })
      const response = await fetch(store.url, { headers: { Authorization: `Bearer ${store.token}` } })
      expect(response.status).toBe(405)
      expect(await response.json()).toEqual({ error: expect.any(String) })
    })
  })

  describe('token', () => {
    it.each([
      ['wrong', 'Bearer wrong'],
      ['empty', 'Bearer '],
      ['in another scheme', `Basic ${store.token}`],
      ['longer', `Bearer ${store.token}x`],
      ['shorter', `Bearer ${store.token.slice(0, -1)}`],
      ['in another case', `Bearer ${store.token.toUpperCase()}`],
    ])('answers 401 when it is %s, and runs nothing', async (_, Authorization) => {
      for (const path of ['/', '/pipeline', '/multi-exec', '/nothing']) {
        const set = ['SET', key('forbidden'), 'v']
        const reply = await post(path, path === '/' ? set : [set], { Authorization })
        expect(reply).toMatchObject({ status: 401, json: { error: expect.stringMatching(/^WRONGPASS /) } })
        expect(reply.text).not.toContain(store.token)
      }
      expect(await store.redis.get(key('forbidden'))).toBeNull()
    })

    it('answers 401 when there is none', async () => {
      const response = await fetch(store.url, { method: 'POST', body: '["PING"]' })
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({ error: expect.stringMatching(/^WRONGPASS /) })
    })
  })

  describe('pipeline', () => {
    it('answers each command for itself, in order', async () => {
      const commands = [
        ['SET', key('p'), 'v'],
        ['LPUSH', key('p'), 'x'],
        ['SUBSCRIBE', 'c'],
        ['GET', null],
        ['GET', key('p')],
        ['NOSUCHCOMMAND'],
        ['DEL', key('p')],
      ]
      expect(await post('/pipeline', commands)).toMatchObject({
        status: 200,
        json: [
          { result: 'OK' },
          { error: expect.stringMatching(/^WRONGTYPE /) },
          { error: expect.stringContaining('SUBSCRIBE') },
          { error: expect.stringContaining('argument 1') },
          { result: 'v' },
          { error: expect.stringMatching(/unknown command/) },
          { result: 1 },
        ],
      })
    })

    it('serves the client, which merges concurrent calls into pipelines', async () => {
      const many = Array.from({ length: 200 }, (_, index) => index)
      await Promise.all(many.map((index) => store.redis.set(key(`m${index}`), `v${index}`)))
      const values = await Promise.all(many.map((index) => store.redis.get(key(`m${index}`))))
      expect(values).toEqual(many.map((index) => `v${index}`))
    })
  })

  describe('multi-exec', () => {
    it('is answered as a pipeline, with errors at run time in their places', async () => {
      await store.redis.set(key('s'), 'text')
      const transaction = [
        ['SET', key('x'), '1'],
        ['INCR', key('s')],
        ['INCR', key('x')],
      ]
      expect(await post('/multi-exec', transaction)).toMatchObject({
        status: 200,
        json: [{ result: 'OK' }, { error: 'ERR value is not an integer or out of range' }, { result: 2 }],
      })
      expect(await store.redis.multi().incr(key('x')).get(key('x')).exec()).toEqual([3, '3'])
    })

    it.each([
      ['an unknown command', ['NOSUCHCOMMAND'], /^EXECABORT .*unknown command/],
      ['a wrong number of arguments', ['GET'], /^EXECABORT .*wrong number of arguments/],
      ['a refused command', ['BLPOP', 'l', 0], /"BLPOP" is not allowed/],
      ['an end of its own', ['EXEC'], /"EXEC" is not allowed/],
      ['an argument that is none', ['GET', null], /argument 1/],
    ])('runs nothing when it holds %s', async (_, bad, message) => {
      const reply = await post('/multi-exec', [['SET', key('never'), 'v'], bad])
      expect(reply).toMatchObject({ status: 400, json: { error: expect.stringMatching(message) } })
      expect(await store.redis.get(key('never'))).toBeNull()
    })

    it('lets nothing in between: neither its own requests nor another connection', async () => {
      // More than a server reads at once (16 kB in Redis), or anything would look atomic.
      const commands = Array.from({ length: 150 }, () => [
        ['INCR', key('c')],
        ['SET', key('padding'), 'x'.repeat(1_000)],
      ]).flat()
      const intrusion = { over: false }
      const intruder = (async () => {
        let count = 0
        for (; !intrusion.over; count += 1) await store.raw.command('INCR', key('c'))
        return count
      })()
      const transactions = Array.from({ length: 12 }, async () => {
        const [reply] = await Promise.all([post('/multi-exec', commands), post('/', ['INCR', key('c')])])
        const results = (reply.json as { result: unknown }[]).map(({ result }) => result)
        return results.filter((result): result is number => typeof result === 'number')
      })
      for (const counts of await Promise.all(transactions)) {
        expect(counts).toEqual(Array.from({ length: 150 }, (_, index) => (counts[0] ?? 0) + index))
      }
      intrusion.over = true
      expect(await intruder).toBeGreaterThan(0)
      expect(await store.redis.get(key('c'))).toBe(String(12 * 151 + (await intruder)))
    })
  })

  describe('refused commands', () => {
    it.each(
      [
        'SUBSCRIBE c|PSUBSCRIBE c*|SSUBSCRIBE c|UNSUBSCRIBE|PUNSUBSCRIBE|SUNSUBSCRIBE|MONITOR|monitor|SYNC',
        'PSYNC ? -1|MULTI|EXEC|DISCARD|WATCH k|UNWATCH|AUTH x|HELLO 3|SELECT 1|QUIT|RESET|SHUTDOWN NOSAVE',
        'DEBUG SLEEP 9|WAIT 1 0|WAITAOF 1 0 0|SAVE|FAILOVER|REPLICAOF h 1|SLAVEOF h 1|MIGRATE h 1 k 0 1',
        'BLPOP l 0|BRPOP l 0|bLpOp l 0|BRPOPLPUSH a b 0|BLMOVE a b LEFT LEFT 0|BLMPOP 0 1 l LEFT',
        'BZPOPMIN z 0|BZPOPMAX z 0|BZMPOP 0 1 z MIN|XREAD BLOCK 0 STREAMS s $|xread count 1 block 0 streams s $',
        'XREADGROUP GROUP g c BLOCK 0 STREAMS s >|XREADGROUP GROUP g c COUNT 1 BLOCK 0 STREAMS s >',
        'CLIENT REPLY OFF|client reply off|CLIENT TRACKING on|CLIENT NO-EVICT on|CLIENT PAUSE 9999',
        'CLIENT KILL TYPE normal|SCRIPT DEBUG YES',
      ].flatMap((line) => line.split('|')),
    )('%s', async (line) => {
      const command = line.split(' ')
      const error = expect.stringMatching(/^ERR Command ".*" is not allowed/)
      expect(await post('/', command)).toMatchObject({ status: 400, json: { error } })
      expect(await post('/pipeline', [command, ['PING']])).toMatchObject({
        status: 200,
        json: [{ error }, { result: 'PONG' }],
      })
      expect(await post('/multi-exec', [command])).toMatchObject({ status: 400, json: { error } })
      expect(await store.redis.ping()).toBe('PONG')
    })

    it('refuses no more than that', async () => {
      // BLOCK as a key, as a group and as a reader is no option.
      expect((await post('/', ['XREAD', 'STREAMS', `${store.prefix}block`, '0'])).json).toEqual({
        result: null,
      })
      await post('/', ['XGROUP', 'CREATE', key('stream'), 'BLOCK', '$', 'MKSTREAM'])
      const read = ['XREADGROUP', 'GROUP', 'BLOCK', 'BLOCK', 'COUNT', '1', 'STREAMS', key('stream'), '>']
      expect((await post('/', read)).json).toEqual({ result: null })
      expect((await post('/', ['CONFIG', 'GET', 'maxmemory-policy'])).status).toBe(200)
      expect((await post('/', ['SCRIPT', 'EXISTS', 'f'.repeat(40)])).json).toEqual({ result: [0] })
      expect((await post('/', ['CLIENT', 'ID'])).status).toBe(200)
    })
  })

  describe('sizes', () => {
    const command = (bytes: number): string => {
      const empty = JSON.stringify(['SET', key('large'), ''])
      return JSON.stringify(['SET', key('large'), 'x'.repeat(bytes - empty.length)])
    }

    it('takes 10 MB, and hands it back', async () => {
      const body = command(MAX_BODY_BYTES)
      expect(await post('/', body)).toMatchObject({ status: 200 })
      const value = (JSON.parse(body) as string[])[2]
      expect((await store.redis.get(key('large'))) === value).toBe(true)
      await store.redis.del(key('large'))
    })

    it('answers 413 to a byte more, announced or not', async () => {
      const body = command(MAX_BODY_BYTES + 1)
      const error = 'ERR max request size exceeded. Limit: 10485760 bytes, Actual: 10485761 bytes.'
      expect(await post('/', body)).toMatchObject({ status: 413, json: { error } })
      const response = await fetch(store.url, {
        method: 'POST',
        headers: { Authorization: `Bearer ${store.token}` },
        body: new Blob([body]).stream(),
        duplex: 'half',
      })
      expect(response.status).toBe(413)
      expect(await response.json()).toEqual({ error })
      expect(await store.redis.get(key('large'))).toBeNull()
    })

    it('answers 401 to a large body without the token', async () => {
      const reply = await post('/', command(MAX_BODY_BYTES + 1), { Authorization: 'Bearer wrong' })
      expect(reply.status).toBe(401)
    })

    it('hands out large and deep replies', async () => {
      const script = `local out = {} for i = 1, 20000 do out[i] = {i, {'v' .. i}} end return out`
      const { result } = (await post('/', ['EVAL', script, 0])).json as { result: unknown[] }
      expect(result).toHaveLength(20_000)
      expect(result.at(-1)).toEqual([20_000, ['v20000']])
    })
  })

  describe('when Redis is gone', () => {
    it('answers in JSON, to what was in flight too, and recovers at the next request', async () => {
      const first = await startEngine({ kind: engine })
      later(() => first.close())
      const relay = await startRelay(first.port)
      const front = await startStoreFront({ redisPort: relay.port, token: 'secret' })
      later(() => front.close())
      const ask = async (command: string[]): Promise<{ status: number; json: unknown }> => {
        const response = await fetch(front.url, {
          method: 'POST',
          headers: { Authorization: 'Bearer secret' },
          body: JSON.stringify(command),
        })
        return { status: response.status, json: await response.json() }
      }
      const unavailable = {
        status: 503,
        json: { error: expect.stringMatching(/^ERR connection to Redis .* lost/) },
      }
      expect(await ask(['SET', 'k', 'v'])).toMatchObject({ status: 200 })

      process.kill(first.pid, 'SIGSTOP')
      const sentBefore = relay.received()
      const inFlight = ask(['SET', 'k', 'private'])
      await expect.poll(() => relay.received()).toBeGreaterThan(sentBefore)
      process.kill(first.pid, 'SIGKILL')
      expect(await inFlight).toEqual(unavailable)
      expect(JSON.stringify(await inFlight)).not.toContain('private')
      expect(await ask(['GET', 'k'])).toEqual(unavailable)

      const second = await startEngine({ kind: engine })
      later(() => second.close())
      relay.pointTo(second.port)
      expect(await ask(['SET', 'k', 'again'])).toEqual({ status: 200, json: { result: 'OK' } })
      expect(await ask(['GET', 'k'])).toEqual({ status: 200, json: { result: 'again' } })
    })

    it('survives clients that leave before their answer', async () => {
      const stopped = await startEngine({ kind: engine })
      later(() => stopped.close())
      const relay = await startRelay(stopped.port)
      const front = await startStoreFront({ redisPort: relay.port, token: 'secret' })
      later(() => front.close())
      const ask = (command: string[], signal: AbortSignal | null = null): Promise<Response> =>
        fetch(front.url, {
          method: 'POST',
          headers: { Authorization: 'Bearer secret' },
          body: JSON.stringify(command),
          signal,
        })
      await ask(['PING'])
      process.kill(stopped.pid, 'SIGSTOP')
      const sentBefore = relay.received()
      const client = new AbortController()
      const abandoned = ask(['INCR', 'k'], client.signal)
      await expect.poll(() => relay.received()).toBeGreaterThan(sentBefore)
      client.abort()
      await expect(abandoned).rejects.toThrow(/abort/i)
      process.kill(stopped.pid, 'SIGCONT')
      // The abandoned command ran all the same: why a lost answer must never be sent again blindly.
      expect(await (await ask(['GET', 'k'])).json()).toEqual({ result: '1' })
    })
  })
})

describe('RESP client', () => {
  it('reads any reply, however the network cuts it', async () => {
    const stream = Buffer.concat([
      Buffer.from('+OK\r\n-ERR no\r\n:-7\r\n:9223372036854775807\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n'),
      Buffer.from('$4\r\n\r\n\xff\x00\r\n', 'latin1'),
      Buffer.from('*3\r\n*2\r\n:1\r\n*1\r\n$1\r\na\r\n$-1\r\n-IN side\r\n'),
    ])
    const expected: RespReply[] = [
      Buffer.from('OK'),
      new RespError('ERR no'),
      -7,
      9223372036854775807n,
      null,
      null,
      [],
      Buffer.alloc(0),
      Buffer.from('\r\n\xff\x00', 'latin1'),
      [[1, [Buffer.from('a')]], null, new RespError('IN side')],
    ]
    for (const bytes of [1, 2, 3, 7, stream.length]) {
      const port = await serve(async (socket) => {
        for (let at = 0; at < stream.length; at += bytes) {
          const piece = stream.subarray(at, at + bytes)
          await new Promise((resolve) => socket.write(piece, () => setImmediate(resolve)))
        }
      })
      const client = createRespClient({ port })
      later(() => client.close())
      expect(await client.pipeline(expected.map(() => ['PING']))).toEqual(expected)
    }
  })

  it.each([
    ['closes the connection', (socket: Socket) => void socket.end()],
    ['closes it in the middle of a reply', (socket: Socket) => void socket.end('*2\r\n:1\r\n')],
    [
      'answers with something else',
      (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ],
  ])('fails clearly when the server %s, and connects anew', async (_, misbehave) => {
    let connections = 0
    const port = await serve((socket) => {
      connections += 1
      if (connections === 1) misbehave(socket)
      else socket.write('+PONG\r\n')
    })
    const client = createRespClient({ port })
    later(() => client.close())
    const replies = Promise.all([client.command('PING'), client.command('PING'), client.command('PING')])
    const outcome = await Promise.allSettled([replies, client.pipeline([['PING'], ['PING']])])
    expect(outcome[1].status === 'rejected' && outcome[1].reason).toBeInstanceOf(RespConnectionError)
    expect(outcome[1]).toHaveProperty('reason.message', expect.stringContaining(`127.0.0.1:${port} lost`))
    expect(await client.command('PING')).toEqual(Buffer.from('PONG'))
  })

  it('drops a connection that answers more than was asked: nothing on it can be trusted', async () => {
    let connections = 0
    const port = await serve((socket) => {
      connections += 1
      socket.write(connections === 1 ? '+ONE\r\n+STRAY\r\n' : '+TWO\r\n')
    })
    const client = createRespClient({ port })
    later(() => client.close())
    expect(await client.command('PING')).toEqual(Buffer.from('ONE'))
    expect(await client.command('PING').catch(() => client.command('PING'))).toEqual(Buffer.from('TWO'))
    expect(connections).toBe(2)
  })

  it('rejects when nothing listens, and once it is closed', async () => {
    const port = await serve(() => {})
    for (const close of closers.splice(0)) await close()
    const client = createRespClient({ port })
    await expect(client.command('PING')).rejects.toThrow(/ECONNREFUSED/)
    client.close()
    await expect(client.command('PING')).rejects.toThrow(/closed/)
  })
})

/** A TCP server for one test; resolves to its port. */
async function serve(onConnection: (socket: Socket) => unknown): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => void onConnection(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  later(
    () =>
      new Promise((resolve) => {
        server.close(resolve)
        for (const socket of sockets) socket.destroy()
      }),
  )
  return (server.address() as AddressInfo).port
}

/** A fixed address whose target can change: a Redis that dies and comes back where it was. */
async function startRelay(
  firstTarget: number,
): Promise<{ port: number; received(): number; pointTo(port: number): void }> {
  let target = firstTarget
  let bytes = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    client.on('data', (chunk) => {
      bytes += chunk.length
    })
    client.pipe(upstream).pipe(client)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  later(
    () =>
      new Promise((resolve) => {
        server.close(resolve)
        for (const socket of sockets) socket.destroy()
      }),
  )
  return {
    port: (server.address() as AddressInfo).port,
    received: () => bytes,
    pointTo: (port) => {
      target = port
    },
  }
}
