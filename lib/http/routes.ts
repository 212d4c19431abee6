/** One Vercel function that serves several paths. */
import { HttpError } from '../errors.ts'
import type { LastLine } from './last-line.ts'
import { errorAnswer, METHODS, methods, type Handler, type Method } from './route.ts'

/**
 * The methods of a function that is the target of several rewrites. Each path has its own methods and `Allow`, as by
 * `methods()`; every other path is 404.
 * @param table handlers by the path of the client's request, which a rewrite leaves in `request.url`; a slash at the
 *   end is ignored; `:name` stands for any segment
 * @param around as for `methods()`
 */
export function routes(
  table: Readonly<Record<string, Partial<Record<Method, Handler>>>>,
  around?: () => LastLine,
): Record<Method, Handler> {
  const paths = Object.entries(table).map(
    ([path, handlers]) => [patternOf(path), methods(handlers, around)] as const,
  )
  const entries = METHODS.map((method): [Method, Handler] => [
    method,
    async (request) => {
      const path = pathOf(request)
      const found = paths.find(([pattern]) => pattern.test(path))
      return found ? found[1][method](request) : notFound()
    },
  ])
  return Object.fromEntries(entries) as Record<Method, Handler>
}

/** `:name` stands for one segment, which the handler reads out of the address itself. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`)
}

function pathOf(request: Request): string {
  return new URL(request.url).pathname.replace(/\/$/, '')
}

function notFound(): Response {
  return errorAnswer(new HttpError(404, 'not_found', 'There is nothing here'))
}
