/**
 * The platform's `waitUntil`, from the request context that Vercel keeps under a global symbol. `@vercel/functions`
 * reads the same context, but its import also loads caches, database pools and sockets before the first 200 (an
 * eighth of a cold start, measured on Node 20). A test compares the two.
 */

/** The platform's key for the context of the current request. */
export const REQUEST_CONTEXT = Symbol.for('@vercel/request-context')

interface RequestContext {
  waitUntil?(work: Promise<unknown>): void
}

/** Keeps the function alive until the work is done. Outside the platform, the work only runs. */
export function waitUntil(work: Promise<unknown>): void {
  const holder = globalThis as { [REQUEST_CONTEXT]?: { get?(): RequestContext | undefined } }
  holder[REQUEST_CONTEXT]?.get?.()?.waitUntil?.(work)
}
