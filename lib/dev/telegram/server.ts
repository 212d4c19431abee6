import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveFile, serveMethod, type Exchange } from './api.ts'
import type { FaultTable } from './faults.ts'
import type { World } from './world.ts'

export interface EmulatorServer {
  url: string
  close(): Promise<void>
}

/** Maximum wait at the close for calls in progress. */
const DRAIN_MS = 1000

/**
 * Listens on 127.0.0.1.
 * @throws the listener's error, such as EADDRINUSE.
 */
export async function startServer(
  world: World,
  faults: FaultTable,
  options: { port: number; latencyMs: number },
  control: (exchange: Exchange) => Promise<void>,
): Promise<EmulatorServer> {
  const open = new Set<AbortController>()
  const drained = new EventEmitter()
  const server = createServer((request, response) => {
    const controller = new AbortController()
    open.add(controller)
    response.on('close', () => {
      open.delete(controller)
      if (open.size === 0) drained.emit('drained')
      controller.abort()
    })
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const exchange: Exchange = { request, response, url, signal: controller.signal }
    route(exchange).catch((error: unknown) => {
      // The client disconnected in the middle of its body, or the emulator has a bug.
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(error instanceof Error ? error.message : String(error))
    })
  })
  // Longer than any test: a client that reuses a connection just as it is closed sees an outage.
  server.keepAliveTimeout = 120_000

  async function route(exchange: Exchange): Promise<void> {
    const { pathname } = exchange.url
    const api = /^\/bot([^/]+)\/([^/]+)\/?$/.exec(pathname)
    const file = /^\/file\/bot([^/]+)\/(.+)$/.exec(pathname)
    if (api !== null) {
      const [, token = '', method = ''] = api
      await serveMethod(world, faults, options.latencyMs, exchange, { token: decode(token), method })
    } else if (file !== null) {
      const [, token = '', path = ''] = file
      serveFile(world, faults, exchange, { token: decode(token), file: decode(path) })
    } else if (pathname.startsWith('/control/')) {
      await control(exchange)
    } else {
      exchange.response.writeHead(404, { 'content-type': 'application/json' })
      exchange.response.end('{"ok":false,"error_code":404,"description":"Not Found"}')
    }
  }

  const { port } = await listen(server, options.port)
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      // Ends long polls and hanging calls. Calls in progress still get their answers: otherwise the bot of a test that
      // ends would see a network fault.
      for (const controller of open) controller.abort()
      if (open.size > 0)
        await once(drained, 'drained', { signal: AbortSignal.timeout(DRAIN_MS) }).catch(() => {})
      server.closeAllConnections()
      await closed
    },
  }
}

function listen(server: Server, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server.address() as AddressInfo))
  })
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
