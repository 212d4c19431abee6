/** Pauses and resumes processing; accepting goes on meanwhile. */
import { app } from '../lib/app.ts'
import { methods } from '../lib/http/route.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ POST: app.setProcessing })
