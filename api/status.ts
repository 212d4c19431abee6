/** Tells operators everything that is known of the bot. */
import { app } from '../lib/app.ts'
import { methods } from '../lib/http/route.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ GET: app.status })
