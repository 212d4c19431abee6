/** The bot's webhook on this machine, as the platform runs it: the answer first, then the work. */
import { serve } from 'srvx'
import { restart } from '../endpoints/restart.ts'
import { webhook } from '../endpoints/webhook.ts'
import { methods, type Handler } from '../http/route.ts'
import { startInvocation, type Surroundings } from '../invocation.ts'
import { sweepNow } from '../worker/worker.ts'

export interface TestFunctions {
  /** Where Telegram delivers. */
  url: string
  /** Re-initialises the bot: the webhook and the commands are registered. @throws Error where a step failed */
  register(): Promise<void>
  /** Drains every mailbox that is due, as the sweep of a health check does. */
  sweep(): Promise<void>
  /** Resolves when no function is at work any more. @returns whether there was one */
  idle(): Promise<boolean>
  /** @param graceMs how long to wait for work that does not end, in real time @throws Error where it did not */
  close(graceMs: number): Promise<void>
}

/** @param around read anew for each request, as in production; `waitUntil` is set here */
export async function startTestFunctions(
  around: () => Omit<Surroundings, 'waitUntil'>,
  adminToken: string,
): Promise<TestFunctions> {
  const work = new Set<Promise<unknown>>()
  const surroundings = (): Surroundings => ({
    ...around(),
    waitUntil(given) {
      const ended = given.finally(() => work.delete(ended)).catch(() => {})
      work.add(ended)
    },
  })
  const posts = (handler: Handler) => methods({ POST: handler }, surroundings).POST
  const onWebhook = posts((request) => webhook(request, surroundings()))
  const onRestart = posts((request) => restart(request, surroundings()))
  const server = serve({
    port: 0,
    hostname: '127.0.0.1',
    silent: true,
    gracefulShutdown: false,
    fetch: onWebhook,
  })
  await server.ready()
  const url = new URL('/webhook', server.url).href

  const idle = async () => {
    const hadWork = work.size > 0
    while (work.size > 0) await Promise.allSettled(work)
    return hadWork
  }
  return {
    url,
    idle,
    async register() {
      const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
      const answer = await onRestart(
        new Request(new URL('/restart', url), { method: 'POST', headers, body: '{}' }),
      )
      const body = (await answer.json()) as { complete?: boolean }
      await idle()
      if (body.complete !== true) throw new Error(`the bot could not be registered: ${JSON.stringify(body)}`)
    },
    sweep: () => sweepNow(startInvocation(surroundings())),
    async close(graceMs) {
      const limit = AbortSignal.timeout(graceMs)
      const over = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve()))
      await Promise.race([idle(), over])
      await server.close(true)
      if (work.size > 0) throw new Error('an update was still being processed when its bot was closed')
    },
  }
}
