/**
 * The composition root: every endpoint of the deployment, bound to the platform. Only the webhook is imported
 * at load time. The others import telegraf and zod, which would delay the webhook's 200 on a cold start.
 */
import { platformObserver, waitUntil } from './platform.ts'
import { webhook } from './endpoints/webhook.ts'
import type { Surroundings } from './invocation.ts'
import type { Handler } from './http/route.ts'

type Endpoint = (request: Request, around: Surroundings) => Promise<Response>

/** The platform and the bot, as an invocation gets them. Read again for each request; nothing is kept. */
function platform(): Surroundings {
  return {
    env: process.env,
    waitUntil,
    observe: platformObserver(),
    bot: async () => (await import('./bot/index.ts')).bot,
  }
}

/** Imports the module of an endpoint at its first request. */
function lazily(load: () => Promise<Endpoint>): Handler {
  return async (request) => (await load())(request, platform())
}

const account = () => import('./endpoints/account.ts')
const deadLetters = () => import('./endpoints/dead-letters.ts')
const mailboxes = () => import('./endpoints/mailboxes.ts')
const session = () => import('./endpoints/session.ts')
const setup = () => import('./endpoints/setup.ts')

export const app = {
  webhook: ((request) => webhook(request, platform())) satisfies Handler,
  health: lazily(async () => (await import('./endpoints/health.ts')).health),
  restart: lazily(async () => (await import('./endpoints/restart.ts')).restart),
  resetErrors: lazily(async () => (await import('./endpoints/reset-errors.ts')).resetErrorCounter),
  drain: lazily(async () => (await import('./endpoints/drain.ts')).drainNow),
  // Served by api/panel.
  status: lazily(async () => (await import('./endpoints/status.ts')).status),
  listDeadLetters: lazily(async () => (await deadLetters()).list),
  actOnDeadLetters: lazily(async () => (await deadLetters()).act),
  listMailboxes: lazily(async () => (await mailboxes()).listAll),
  releaseMailbox: lazily(async () => (await mailboxes()).release),
  checkSetup: lazily(async () => (await setup()).checkSetup),
  proveSetup: lazily(async () => (await setup()).proveSetup),
  setProcessing: lazily(async () => (await import('./endpoints/processing.ts')).setProcessing),
  whoAmI: lazily(async () => (await session()).whoAmI),
  logIn: lazily(async () => (await session()).logIn),
  logOut: lazily(async () => (await session()).logOut),
  // What api/account serves, by path.
  account: {
    '/account': {
      GET: lazily(async () => (await account()).tellState),
      DELETE: lazily(async () => (await account()).end),
    },
    '/account/qr': { POST: lazily(async () => (await account()).startByQr) },
    '/account/qr/check': { POST: lazily(async () => (await account()).checkByQr) },
    '/account/code': { POST: lazily(async () => (await account()).startByCode) },
    '/account/verify': { POST: lazily(async () => (await account()).guess) },
    '/account/login': { DELETE: lazily(async () => (await account()).giveUp) },
    '/account/user': { GET: lazily(async () => (await account()).tellUser) },
    '/account/chats': { GET: lazily(async () => (await account()).listChats) },
    '/account/chats/:chat/messages': { GET: lazily(async () => (await account()).listMessages) },
  },
}
