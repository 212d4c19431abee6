/** Tells what is set up and what is missing; proves the whole way with a synthetic update. */
import { app } from '../lib/app.ts'
import { methods } from '../lib/http/route.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: app.checkSetup,
  POST: app.proveSetup,
})
