/** Runs the functions on this machine, with the routes of vercel.json. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { getTransformedRoutes, type Route } from '@vercel/routing-utils'
import { serve, type ServerRequest } from 'srvx'
import type { Observer } from '../observer.ts'
import { REQUEST_CONTEXT } from '../platform.ts'
import { json } from '../http/route.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** File ending of the functions: `.ts` when this file runs as source, `.js` when it is built. */
const ENDING = extname(import.meta.url)
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export interface Functions {
  url: string
  port: number
  /** Stops accepting requests, waits up to `graceMs` for the work after the answers, and closes. */
  close(graceMs?: number): Promise<void>
}

/** Observes the functions: the simulator of `npm run dev`. */
export interface Onlooker {
  /** Answers the observer's own paths, before the routes; null for any other path. */
  answer(request: Request): Promise<Response | null>
  /** Runs a function for a request. */
  run(request: ServerRequest, handler: (request: Request) => Promise<Response>): Promise<Response>
  /** Wraps the work after an answer; ends early when the invocation is killed. */
  lifetime(work: Promise<unknown>): Promise<unknown>
  /** Called with what the workers do, in the asynchronous context of the request that they belong to. */
  observe: Observer
}

/**
 * Starts the functions on loopback.
 * @param options.port 0: any free port
 * @throws Error when the port is taken
 */
export async function startFunctions(options: { port: number; onlooker?: Onlooker }): Promise<Functions> {
  const { onlooker } = options
  const routes = await readRoutes()
  const pending = providePlatform(onlooker)
  const server = serve({
    port: options.port,
    hostname: '127.0.0.1',
    silent: true,
    gracefulShutdown: false,
    fetch: async (request) => (await onlooker?.answer(request)) ?? answer(request, routes, onlooker),
  })
  await server.ready()
  const port = Number(new URL(server.url ?? '').port)
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async close(graceMs = 5000) {
      await server.close(true)
      const limit = AbortSignal.timeout(graceMs)
      const over = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve()))
      while (pending.size > 0 && !limit.aborted) await Promise.race([Promise.allSettled(pending), over])
    },
  }
}

async function readRoutes(): Promise<Route[]> {
  const { rewrites, headers } = JSON.parse(await readFile(join(ROOT, 'vercel.json'), 'utf8')) as Parameters<
    typeof getTransformedRoutes
  >[0]
  const { routes, error } = getTransformedRoutes({ rewrites: rewrites ?? [], headers: headers ?? [] })
  if (error) throw new Error(`vercel.json: ${error.message}`)
  return routes ?? []
}

/**
 * Provides the platform's request context, which `waitUntil` uses. Without it the work would still run, but the server
 * could not wait for it when it closes.
 */
function providePlatform(onlooker: Onlooker | undefined): Set<Promise<unknown>> {
  const pending = new Set<Promise<unknown>>()
  const waitUntil = (given: Promise<unknown>) => {
    const work = onlooker?.lifetime(given) ?? given
    pending.add(work)
    void work.finally(() => pending.delete(work)).catch(() => {})
  }
  const holder = globalThis as Record<symbol, unknown>
  const context = { waitUntil, ...(onlooker && { observe: onlooker.observe }) }
  holder[REQUEST_CONTEXT] = { get: () => context }
  return pending
}

/** Follows the routes in the platform's order: headers that continue, then files, then the first rewrite. */
async function answer(
  request: ServerRequest,
  routes: readonly Route[],
  onlooker: Onlooker | undefined,
): Promise<Response> {
  const { pathname } = new URL(request.url)
  const extra: Record<string, string> = {}
  let target: string | null = null
  let filesDone = false
  for (const route of routes) {
    if ('handle' in route) {
      filesDone ||= route.handle === 'filesystem'
      if (route.handle === 'filesystem') {
        const file = await staticFile(pathname)
        if (file) return withHeaders(file, extra)
      }
      continue
    }
    if (!new RegExp(route.src ?? '').test(pathname)) continue
    if (!filesDone) Object.assign(extra, route.headers)
    else if (target === null && route.dest) target = route.dest
  }
  // The target of a rewrite can be a file.
  const page = target?.startsWith('/api/') === false ? await staticFile(target) : null
  if (page) return withHeaders(page, extra)
  const name = /^\/api\/([\w-]+)$/.exec(target ?? pathname)?.[1]
  const file = name === undefined ? '' : join(ROOT, 'api', `${name}${ENDING}`)
  if (!file || !existsSync(file)) {
    return withHeaders(json(404, { error: { code: 'not_found', message: 'There is nothing here' } }), extra)
  }
  const module = (await import(pathToFileURL(file).href)) as Record<
    string,
    (request: Request) => Promise<Response>
  >
  const handler = module[request.method]
  if (!handler) return withHeaders(json(405, { error: { code: 'method_not_allowed' } }), extra)
  return withHeaders(await (onlooker ? onlooker.run(request, handler) : handler(request)), extra)
}

async function staticFile(pathname: string): Promise<Response | null> {
  const name = pathname === '/' ? '/index.html' : pathname
  if (!/^(\/[\w-]+)*\/[\w-][\w.-]*$/.test(name)) return null
  const file = join(ROOT, 'public', name)
  if (!existsSync(file) || extname(file) === '') return null
  return new Response(new Uint8Array(await readFile(file)), {
    headers: { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' },
  })
}

function withHeaders(response: Response, extra: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(extra)) response.headers.set(name, value)
  return response
}
