/**
 * The composition root: every function of the deployment, bound to the platform. Only the webhook is imported
 * at once; the others bring in telegraf and zod, which nothing on the way to the webhook's 200 may need.
 */
import { waitUntil } from './platform.ts'
import { webhook } from './app/webhook.ts'
import type { Surroundings } from './invocation.ts'
import type { Handler } from './http/route.ts'

/** The platform's side of an invocation. Read anew for each request; nothing is kept. */
function platform(): Surroundings {
  return { env: process.env, waitUntil }
}

const lazily =
  <Module>(load: () => Promise<Module>, pick: (module: Module) => Endpoint): Handler =>
  async (request) =>
    pick(await load())(request, platform())

type Endpoint = (request: Request, around: Surroundings) => Promise<Response>

export const app = {
  webhook: ((request) => webhook(request, platform())) satisfies Handler,
  health: lazily(
    () => import('./app/health.ts'),
    (module) => module.health,
  ),
  status: lazily(
    () => import('./app/status.ts'),
    (module) => module.status,
  ),
  restart: lazily(
    () => import('./app/control.ts'),
    (module) => module.restart,
  ),
  resetErrors: lazily(
    () => import('./app/control.ts'),
    (module) => module.resetErrorCounter,
  ),
  drain: lazily(
    () => import('./app/control.ts'),
    (module) => module.drainNow,
  ),
  listDeadLetters: lazily(
    () => import('./app/dead-letters.ts'),
    (module) => module.list,
  ),
  actOnDeadLetters: lazily(
    () => import('./app/dead-letters.ts'),
    (module) => module.act,
  ),
  logIn: lazily(
    () => import('./app/session.ts'),
    (module) => module.logIn,
  ),
  whoAmI: lazily(
    () => import('./app/session.ts'),
    (module) => module.whoAmI,
  ),
  logOut: lazily(
    () => import('./app/session.ts'),
    (module) => module.logOut,
  ),
  setProcessing: lazily(
    () => import('./app/control.ts'),
    (module) => module.setProcessing,
  ),
  listMailboxes: lazily(
    () => import('./app/mailboxes.ts'),
    (module) => module.listAll,
  ),
  releaseMailbox: lazily(
    () => import('./app/mailboxes.ts'),
    (module) => module.release,
  ),
  checkSetup: lazily(
    () => import('./app/setup.ts'),
    (module) => module.checkSetup,
  ),
  proveSetup: lazily(
    () => import('./app/setup.ts'),
    (module) => module.proveSetup,
  ),
}
