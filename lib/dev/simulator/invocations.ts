/**
 * The invocations of the functions share one process. Each request runs in an asynchronous context of its own, so
 * every fetch belongs to one invocation. An invocation that is killed stays in memory and does nothing any more: its
 * call in flight never returns, later calls never leave, its answer is cut.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { ServerRequest } from 'srvx'
import { watchCalls, type CrashPoint } from '../crash-points.ts'
import type { Onlooker } from '../functions.ts'

export interface Invocation {
  /** `POST /webhook #12` */
  readonly name: string
  /** Where it was killed. */
  deadAt: CrashPoint | null
  readonly death: Promise<void>
  kill(point: CrashPoint): void
  /** Chat key to the update that it holds under a lease, and to the one that it held last. */
  readonly holds: Map<string, number>
  readonly held: Map<string, number>
  /** The update that its request brought. */
  own: number | null
  /** Chat key to whether the update at work there is about to become a dead letter. */
  readonly isGivingUp: Map<string, boolean>
}

export interface Hooks {
  /** A fetch of an invocation that lives. */
  call(
    invocation: Invocation,
    fetch: typeof globalThis.fetch,
    input: string | URL | Request,
    init: RequestInit | undefined,
  ): Promise<Response>
  /**
   * An invocation passes a crash point; the call is the one that it is at.
   * @returns true when it is to die there
   */
  passes(invocation: Invocation, point: CrashPoint, init: RequestInit | undefined): boolean
}

export interface Invocations extends Pick<Onlooker, 'run' | 'lifetime'> {
  /** The invocation that the caller's code belongs to. */
  current(): Invocation | undefined
  /** Takes the process's own fetch back. */
  close(): void
}

const never = () => new Promise<never>(() => {})

export function createInvocations(hooks: Hooks): Invocations {
  const storage = new AsyncLocalStorage<Invocation>()
  let count = 0
  const realFetch = globalThis.fetch

  /** True when the invocation died of it. */
  const pass = (invocation: Invocation, point: CrashPoint, init?: RequestInit): boolean => {
    if (invocation.deadAt === null && hooks.passes(invocation, point, init)) invocation.kill(point)
    return invocation.deadAt !== null
  }

  globalThis.fetch = async (input, init) => {
    const invocation = storage.getStore()
    if (invocation === undefined) return realFetch(input, init)
    if (invocation.deadAt !== null) return never()
    const seen: typeof fetch = (given, options) => hooks.call(invocation, realFetch, given, options)
    const watched = watchCalls(seen, (point) => (pass(invocation, point, init) ? never() : undefined))
    const response = await watched(input, init)
    return invocation.deadAt === null ? response : never()
  }

  return {
    current: () => storage.getStore(),
    lifetime(work) {
      const invocation = storage.getStore()
      return invocation === undefined ? work : Promise.race([work, invocation.death])
    },
    async run(request, handler) {
      const name = `${request.method} ${new URL(request.url).pathname} #${(count += 1)}`
      const invocation = createInvocation(name, request)
      const { res } = request.runtime?.node ?? {}
      if (request.method === 'POST' && /^\/webhook\/?$/.test(new URL(request.url).pathname)) {
        res?.once('finish', () => {
          if (res.statusCode === 200) pass(invocation, 'answered')
        })
      }
      const answer = storage.run(invocation, () => handler(request))
      return Promise.race([answer, invocation.death.then(() => new Response(null, { status: 500 }))])
    },
    close() {
      globalThis.fetch = realFetch
    },
  }
}

function createInvocation(name: string, request: ServerRequest): Invocation {
  let die = () => {}
  const death = new Promise<void>((resolve) => {
    die = resolve
  })
  const invocation: Invocation = {
    name,
    deadAt: null,
    death,
    holds: new Map(),
    held: new Map(),
    own: null,
    isGivingUp: new Map(),
    kill(point) {
      invocation.deadAt = point
      const { res } = request.runtime?.node ?? {}
      if (res !== undefined && !res.writableFinished) res.destroy()
      die()
    },
  }
  return invocation
}
