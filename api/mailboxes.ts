/** Lists the mailboxes that hold updates, and releases one that is stuck. */
import { app } from '../lib/app.ts'
import { methods } from '../lib/http/route.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: app.listMailboxes,
  POST: app.releaseMailbox,
})
