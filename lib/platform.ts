/**
 * The platform's `waitUntil`, from the request context that Vercel keeps under a global symbol. `@vercel/functions`
 * reads the same context, but its import also loads caches, database pools and sockets before the first 200 (an
 * eighth of a cold start, measured on Node 20). A test compares the two.
 */
import type { Observer } from './observer.ts'

/** The platform's key for the context of the current request. */
export const REQUEST_CONTEXT = Symbol.for('@vercel/request-context')

interface RequestContext {
  waitUntil?(work: Promise<unknown>): void
  /** Given by the simulator of `npm run dev`, which stands in for the platform. Vercel gives none. */
  observe?: Observer
}

/** Keeps the function alive until the work is done. Outside the platform, the work only runs. */
export function waitUntil(work: Promise<unknown>): void {
  contextOfRequest()?.waitUntil?.(work)
}

/** The platform's observer of workers, where it has one. */
export function platformObserver(): Observer | undefined {
  return contextOfRequest()?.observe
}

function contextOfRequest(): RequestContext | undefined {
  const holder = globalThis as { [REQUEST_CONTEXT]?: { get?(): RequestContext | undefined } }
  return holder[REQUEST_CONTEXT]?.get?.()
}
