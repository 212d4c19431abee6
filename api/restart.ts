/** Re-initialises the bot: webhook, commands, status. Also at /restart_bot. */
import { app } from '../lib/app.ts'
import { methods } from '../lib/http/route.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ POST: app.restart })
