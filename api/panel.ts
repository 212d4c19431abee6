/** Serves the panel's data and actions: six paths, which vercel.json leads here. */
import { app } from '../lib/app.ts'
import { routes } from '../lib/http/routes.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  '/status': { GET: app.status },
  '/dead-letters': { GET: app.listDeadLetters, POST: app.actOnDeadLetters },
  '/mailboxes': { GET: app.listMailboxes, POST: app.releaseMailbox },
  '/setup': { GET: app.checkSetup, POST: app.proveSetup },
  '/processing': { POST: app.setProcessing },
  '/session': { GET: app.whoAmI, POST: app.logIn, DELETE: app.logOut },
})
