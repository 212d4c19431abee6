/**
 * A proxy before the store's REST front that injects faults of networks and overloaded stores into chosen calls:
 * it loses the request or the answer, hangs, answers late, or sends another answer.
 */
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * What can happen to one call. 'late' answers after 400 ms; 'hang' does nothing and drops the connection after
 * 500 ms; 'outlast' is applied by the store, and answered after the caller has given up.
 */
export const FAULTS = [
  'drop before',
  'drop after',
  'reset',
  'hang',
  'late',
  'outlast',
  'status 429',
  'status 500',
  'html 503',
  'truncated',
  'wrong json',
  'null',
] as const
export type Fault = (typeof FAULTS)[number]

/** Other answers than the store's: instead of applying the call, or after it. */
const REPLACEMENTS: Partial<
  Record<Fault, { isRefusal: boolean; status: number; type: string; text: string }>
> = {
  'status 429': json(true, 429, '{"error":"ERR too many requests"}'),
  'status 500': json(true, 500, '{"error":"ERR internal error"}'),
  'html 503': { isRefusal: true, status: 503, type: 'text/html', text: '<h1>503 Service Unavailable</h1>' },
  'wrong json': json(false, 200, '{"answer":42}'),
  null: json(false, 200, '{"result":null}'),
}

function json(isRefusal: boolean, status: number, text: string) {
  return { isRefusal, status, type: 'application/json', text }
}

export interface StoreCall {
  /** From 1, since the start or the last `restart()`. */
  index: number
  body: string
}

/** received: nothing done yet; applied: the store has done it; answered: the caller has the answer. */
export type Moment = 'received' | 'applied' | 'answered'

export type FaultFront = Awaited<ReturnType<typeof startFaultFront>>

/**
 * @param options.target URL of the store's real front
 * @param options.tryMs how long a caller waits at most for one try
 */
export async function startFaultFront(options: { target: string; tryMs?: number }) {
  const outlastMs = (options.tryMs ?? 3000) + 500
  let count = 0
  let choose: (call: StoreCall) => Fault | null = () => null
  let hit = 0
  let watcher: (moment: Moment, call: StoreCall) => unknown = () => {}
  let isHanging = false
  let underWay = 0
  const sockets = new Set<Socket>()
  const bodies: string[] = []

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request)
    const call = { index: ++count, body }
    bodies.push(body)
    if (isHanging) return
    if ((await watcher('received', call)) === 'drop') {
      request.socket.destroy()
      return
    }
    const fault = choose(call)
    if (fault) hit++
    const { socket } = request
    const instead = (status: number, type: string, text: string): void => {
      response.writeHead(status, { 'content-type': type }).end(text)
    }
    const replacement = fault === null ? undefined : REPLACEMENTS[fault]
    if (fault === 'drop before') socket.destroy()
    else if (fault === 'reset') socket.resetAndDestroy()
    else if (fault === 'hang') {
      await pause(500)
      socket.destroy()
    } else if (replacement?.isRefusal) instead(replacement.status, replacement.type, replacement.text)
    else {
      // From here on the store has applied the call.
      const answer = await forward(options.target, request, body)
      await watcher('applied', call)
      if (fault === 'drop after') socket.destroy()
      else if (fault === 'truncated') {
        instead(200, 'application/json', answer.body.slice(0, Math.ceil(answer.body.length / 2)))
      } else if (replacement) instead(replacement.status, replacement.type, replacement.text)
      else {
        if (fault === 'late') await pause(400)
        else if (fault === 'outlast') await pause(outlastMs)
        instead(answer.status, 'application/json', answer.body)
        await watcher('answered', call)
      }
    }
  }
  const server = createServer((request, response) => {
    underWay++
    handle(request, response)
      .catch(() => response.destroy())
      .finally(() => underWay--)
  })
  server.keepAliveTimeout = 120_000
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  await listen(0)
  const { port } = server.address() as AddressInfo
  const shut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })

  return {
    url: `http://127.0.0.1:${port}`,
    /** How many calls have come since the start or the last `restart`. */
    count: () => count,
    /** How many of them had a fault. */
    hits: () => hit,
    /** How many are in progress here, also after their caller gave up. */
    underWay: () => underWay,
    /** The calls' bodies, in order of arrival. */
    bodies,
    /** Chooses the fault of each call from now on; null for none. Counts from 1 again. */
    restart(next: (call: StoreCall) => Fault | null = () => null) {
      count = 0
      hit = 0
      bodies.length = 0
      choose = next
    },
    /** Calls `next` at each moment of each call from now on; a call waits for it. 'drop' for one received ends it there. */
    watch(next: (moment: Moment, call: StoreCall) => unknown) {
      watcher = next
    },
    /** Makes the store unreachable: connections are refused, or accepted and never answered. */
    async unreachable(how: 'refused' | 'hanging') {
      if (how === 'hanging') isHanging = true
      else await shut()
    },
    async reachable() {
      isHanging = false
      for (const socket of sockets) socket.destroy()
      if (!server.listening) await listen(port)
    },
    close: shut,
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function forward(
  target: string,
  request: IncomingMessage,
  body: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { ...request.headers, host: new URL(target).host, 'accept-encoding': 'identity' }
    const outgoing = send(
      new URL(request.url ?? '/', target),
      { method: request.method, headers },
      (answer) => {
        readBody(answer).then(
          (text) => resolve({ status: answer.statusCode ?? 0, body: text }),
          (error: unknown) => reject(error as Error),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
