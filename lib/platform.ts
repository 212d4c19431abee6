/**
 * The platform's `waitUntil`, out of the request context that Vercel keeps under a global symbol. `@vercel/functions`
 * reads the same one, but importing it brings its caches, database pools and sockets before the first 200 (an eighth
 * of a cold start, measured on Node 20); a test holds this against it.
 */

/** Where the platform keeps what belongs to the request that is being answered. */
export const REQUEST_CONTEXT = Symbol.for('@vercel/request-context')

interface RequestContext {
  waitUntil?(work: Promise<unknown>): void
}

/** Keeps the function alive until the work is done; away from the platform the work simply runs. */
export function waitUntil(work: Promise<unknown>): void {
  const holder = globalThis as { [REQUEST_CONTEXT]?: { get?(): RequestContext | undefined } }
  holder[REQUEST_CONTEXT]?.get?.()?.waitUntil?.(work)
}
