/**
 * An Upstash-compatible REST front over a Redis on this machine: it answers the requests of @upstash/redis like
 * Upstash. Loopback only, for development, tests and benchmarks.
 *
 *   POST /            ["SET","k","v"]      200 {"result":"OK"}                       400 {"error":"ERR …"}
 *   POST /pipeline    [["GET","k"],…]      200 [{"result":…} | {"error":"…"},…]
 *   POST /multi-exec  [["INCR","k"],…]     200 as /pipeline, all or nothing          400 {"error":"EXECABORT …"}
 *
 * 401 without the token, 413 over 10 MB, 503 while Redis cannot be reached. With the header
 * `Upstash-Encoding: base64` every string of a result is base64, "OK" and nested ones too. Integers are
 * written digit by digit: JSON has no 53-bit limit, only its readers have.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCommand, readList, Refusal } from './command.ts'
import { createRespClient, RespConnectionError, RespError, type RespClient, type RespReply } from './resp.ts'

/** Upstash's limit on a request (and on a single record). */
const MAX_BODY_BYTES = 10 * 1024 * 1024

interface Answer {
  readonly status: number
  readonly body: string
}

/** Faults that tests and the simulator set. */
export interface StoreFaults {
  /** Cuts every connection without an answer. */
  down: boolean
  /** Delay of every answer, in milliseconds; the command runs at once. */
  slowMs: number
}

export interface StoreFront {
  url: string
  token: string
  port: number
  readonly faults: StoreFaults
  close(): Promise<void>
}

/**
 * Starts the front at `port` (0: any free port), over the Redis on 127.0.0.1:`redisPort`.
 * While Redis is down, the front answers 503 and connects again at the next request.
 * @throws when the port is taken.
 */
export async function startStoreFront(options: {
  redisPort: number
  token: string
  port?: number
}): Promise<StoreFront> {
  const faults: StoreFaults = { down: false, slowMs: 0 }
  const redis = createRespClient({ port: options.redisPort })
  const expected = digest(`Bearer ${options.token}`)
  const server = createServer((request, response) => {
    if (faults.down) {
      request.socket.destroy()
      return
    }
    const authorized = timingSafeEqual(digest(request.headers.authorization ?? ''), expected)
    void answer(redis, request, authorized)
      .catch(toFault)
      .then(async (given) => {
        if (faults.slowMs > 0) await sleep(faults.slowMs, undefined, { ref: false })
        return given
      })
      .then(({ status, body }) => {
        const length = Buffer.byteLength(body)
        response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': length })
        response.end(body)
      })
      .catch(() => response.destroy())
  })
  // Longer than the idle limit of any client, so that no client writes to a connection that is being closed.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    token: options.token,
    port,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        redis.close()
      }),
  }
}

async function answer(redis: RespClient, request: IncomingMessage, authorized: boolean): Promise<Answer> {
  if (!authorized) throw new Refusal(401, 'WRONGPASS invalid or missing auth token')
  if (request.method !== 'POST') throw new Refusal(405, 'ERR this front takes POST requests only')
  const base64 = request.headers['upstash-encoding'] === 'base64'
  const value = parse(await readBody(request))
  switch (request.url ?? '') {
    case '/': {
      const reply = await redis.command(...readCommand(value))
      if (reply instanceof RespError) throw new Refusal(400, reply.message)
      return { status: 200, body: toResult(reply, base64) }
    }
    case '/pipeline':
      return { status: 200, body: await runPipeline(redis, readList(value), base64) }
    case '/multi-exec':
      return { status: 200, body: await runTransaction(redis, readList(value), base64) }
    default:
      throw new Refusal(404, 'ERR no such path: this front serves /, /pipeline and /multi-exec')
  }
}

/** The commands are independent: one that is refused or fails is an {error} among the results. */
async function runPipeline(redis: RespClient, list: readonly unknown[], base64: boolean): Promise<string> {
  const sent: string[][] = []
  // For each value: its position among the commands sent, or the reason why it was not sent.
  const places = list.map((value) => {
    try {
      return sent.push(readCommand(value)) - 1
    } catch (error) {
      return new RespError(error instanceof Error ? error.message : String(error))
    }
  })
  const replies = await redis.pipeline(sent)
  const results = places.map((place) => (typeof place === 'number' ? (replies[place] ?? null) : place))
  return `[${results.map((reply) => toResult(reply, base64)).join(',')}]`
}

async function runTransaction(redis: RespClient, list: readonly unknown[], base64: boolean): Promise<string> {
  const commands = list.map(readCommand)
  // One write from MULTI to EXEC: no other request on this connection can come between.
  const replies = await redis.pipeline([['MULTI'], ...commands, ['EXEC']])
  const results = replies.at(-1)
  if (Array.isArray(results)) return `[${results.map((reply) => toResult(reply, base64)).join(',')}]`
  const cause = replies.find((reply) => reply instanceof RespError)
  const outcome = results instanceof RespError ? results.message : 'EXECABORT Transaction discarded'
  throw new Refusal(400, cause && cause !== results ? `${outcome} First: ${cause.message}` : outcome)
}

/** @throws Refusal(413) above the limit; the rest of the body is read and dropped */
function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
      else chunks.length = 0
    })
    // Answer only after the whole body: a client that is still writing may miss an early answer.
    request.on('end', () => {
      if (bytes <= MAX_BODY_BYTES) return resolve(Buffer.concat(chunks).toString())
      const limits = `Limit: ${MAX_BODY_BYTES} bytes, Actual: ${bytes} bytes.`
      return reject(new Refusal(413, `ERR max request size exceeded. ${limits}`))
    })
    request.on('error', reject)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'not JSON'
    throw new Refusal(400, `ERR failed to parse the request: ${reason}`)
  }
}

function toResult(reply: RespReply, base64: boolean): string {
  if (reply instanceof RespError) return `{"error":${JSON.stringify(reply.message)}}`
  return `{"result":${toJson(reply, base64)}}`
}

function toJson(reply: RespReply, base64: boolean): string {
  if (Buffer.isBuffer(reply)) {
    return base64 ? `"${reply.toString('base64')}"` : JSON.stringify(reply.toString())
  }
  if (Array.isArray(reply)) return `[${reply.map((item) => toJson(item, base64)).join(',')}]`
  // JSON has no form for an error inside a script's result: use its text.
  if (reply instanceof RespError) return toJson(Buffer.from(reply.message), base64)
  return String(reply)
}

function toFault(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error)
  const status = error instanceof Refusal ? error.status : error instanceof RespConnectionError ? 503 : 500
  return { status, body: JSON.stringify({ error: status < 500 ? message : `ERR ${message}` }) }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
