/**
 * The composition root: every function of the deployment, bound to the platform. Only the webhook is imported
 * at once; the others bring in telegraf and zod, which nothing on the way to the webhook's 200 may need.
 */
import { waitUntil } from './platform.ts'
import { webhook } from './endpoints/webhook.ts'
import type { Surroundings } from './invocation.ts'
import type { Handler } from './http/route.ts'

/** What an invocation gets: the platform's side and the bot. Read anew for each request; nothing is kept. */
function platform(): Surroundings {
  return { env: process.env, waitUntil, bot: async () => (await import('./bot/index.ts')).bot }
}

const lazily =
  <Module>(load: () => Promise<Module>, pick: (module: Module) => Endpoint): Handler =>
  async (request) =>
    pick(await load())(request, platform())

type Endpoint = (request: Request, around: Surroundings) => Promise<Response>

export const app = {
  webhook: ((request) => webhook(request, platform())) satisfies Handler,
  health: lazily(
    () => import('./endpoints/health.ts'),
    (module) => module.health,
  ),
  status: lazily(
    () => import('./endpoints/status.ts'),
    (module) => module.status,
  ),
  restart: lazily(
    () => import('./endpoints/control.ts'),
    (module) => module.restart,
  ),
  resetErrors: lazily(
    () => import('./endpoints/control.ts'),
    (module) => module.resetErrorCounter,
  ),
  drain: lazily(
    () => import('./endpoints/control.ts'),
    (module) => module.drainNow,
  ),
  listDeadLetters: lazily(
    () => import('./endpoints/dead-letters.ts'),
    (module) => module.list,
  ),
  actOnDeadLetters: lazily(
    () => import('./endpoints/dead-letters.ts'),
    (module) => module.act,
  ),
  logIn: lazily(
    () => import('./endpoints/session.ts'),
    (module) => module.logIn,
  ),
  whoAmI: lazily(
    () => import('./endpoints/session.ts'),
    (module) => module.whoAmI,
  ),
  logOut: lazily(
    () => import('./endpoints/session.ts'),
    (module) => module.logOut,
  ),
  setProcessing: lazily(
    () => import('./endpoints/control.ts'),
    (module) => module.setProcessing,
  ),
  listMailboxes: lazily(
    () => import('./endpoints/mailboxes.ts'),
    (module) => module.listAll,
  ),
  releaseMailbox: lazily(
    () => import('./endpoints/mailboxes.ts'),
    (module) => module.release,
  ),
  checkSetup: lazily(
    () => import('./endpoints/setup.ts'),
    (module) => module.checkSetup,
  ),
  proveSetup: lazily(
    () => import('./endpoints/setup.ts'),
    (module) => module.proveSetup,
  ),
}
