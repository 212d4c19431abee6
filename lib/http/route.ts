/** Turns handlers into Vercel functions, and errors into JSON answers. */
import { ConfigError, HttpError, StoreError } from '../errors.ts'
import { tellFault, type LastLine } from './last-line.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
export type Handler = (request: Request) => Promise<Response>

export const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * The seven methods of one function: the given handlers, and 405 with `Allow` for the others. The platform's own 405
 * has neither JSON nor `Allow`, and without an explicit HEAD it would also answer HEAD with 405.
 * Never throws: an exception that reaches the platform can end the process.
 * @param around called when a handler throws an exception that is not logged yet
 */
export function methods(
  handlers: Partial<Record<Method, Handler>>,
  around: () => LastLine = () => ({ env: process.env }),
): Record<Method, Handler> {
  const all = { ...handlers }
  if (all.GET && !all.HEAD) {
    const get = all.GET
    all.HEAD = async (request) => {
      const answer = await get(request)
      return new Response(null, { status: answer.status, headers: answer.headers })
    }
  }
  const allow = METHODS.filter((method) => all[method]).join(', ')
  const refuse: Handler = () =>
    Promise.reject(new HttpError(405, 'method_not_allowed', `This path takes ${allow}`, { allow }))
  const entries = METHODS.map((method) => [method, guarded(all[method] ?? refuse, around)] as const)
  return Object.fromEntries(entries) as Record<Method, Handler>
}

function guarded(handler: Handler, around: () => LastLine): Handler {
  return async (request) => {
    try {
      return await handler(request)
    } catch (error) {
      tellFault(error, request, around())
      return errorAnswer(error)
    }
  }
}

/** The answer for an error: an HttpError has its own, all others show no detail. */
export function errorAnswer(error: unknown): Response {
  if (error instanceof HttpError) {
    return json(error.status, { error: { code: error.code, message: error.message } }, error.headers)
  }
  if (error instanceof StoreError) {
    const message = 'The store cannot be reached at the moment; nothing was lost, try again'
    return json(503, { error: { code: 'store_unavailable', message } }, { 'retry-after': '5' })
  }
  if (error instanceof ConfigError) {
    return json(
      503,
      { error: { code: 'configuration_faulty', message: error.message } },
      { 'retry-after': '60' },
    )
  }
  return json(500, { error: { code: 'internal_error', message: 'Something went wrong on our side' } })
}

/** A JSON answer with `Cache-Control: no-store`. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  })
}
