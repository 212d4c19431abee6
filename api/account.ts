/** Serves the operators' Telegram accounts: nine paths, which vercel.json leads here. */
import { app } from '../lib/app.ts'
import { routes } from '../lib/http/routes.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes(app.account)
