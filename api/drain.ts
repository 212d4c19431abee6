/** Sweeps: drains every mailbox that needs a worker. The cron calls it with GET. */
import { app } from '../lib/app.ts'
import { methods } from '../lib/http/route.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ GET: app.drain, POST: app.drain })
