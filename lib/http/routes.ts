/** One Vercel function that serves several paths. */
import { HttpError } from '../errors.ts'
import type { LastLine } from './last-line.ts'
import { errorAnswer, METHODS, methods, type Handler, type Method } from './route.ts'

/**
 * The methods of a function that is the target of several rewrites. Each path has its own methods and `Allow`, as by
 * `methods()`; every other path is 404.
 * @param table handlers by the path of the client's request, which a rewrite leaves in `request.url`; a slash at the
 *   end is ignored
 * @param around as for `methods()`
 */
export function routes(
  table: Readonly<Record<string, Partial<Record<Method, Handler>>>>,
  around?: () => LastLine,
): Record<Method, Handler> {
  const paths = new Map(Object.entries(table).map(([path, handlers]) => [path, methods(handlers, around)]))
  const entries = METHODS.map((method): [Method, Handler] => [
    method,
    async (request) => paths.get(pathOf(request))?.[method](request) ?? notFound(),
  ])
  return Object.fromEntries(entries) as Record<Method, Handler>
}

function pathOf(request: Request): string {
  return new URL(request.url).pathname.replace(/\/$/, '')
}

function notFound(): Response {
  return errorAnswer(new HttpError(404, 'not_found', 'There is nothing here'))
}
