/** Lists the updates that were given up on; replays or discards them. */
import { app } from '../lib/app.ts'
import { methods } from '../lib/http/route.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: app.listDeadLetters,
  POST: app.actOnDeadLetters,
})
