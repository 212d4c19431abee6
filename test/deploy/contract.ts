/** The paths that a deployment serves, and how config.json of a build leads to a function. */
import type { Route } from '@vercel/routing-utils'

export type FunctionName = 'webhook' | 'health' | 'restart' | 'reset-errors' | 'drain' | 'panel' | 'account'

/** Every path of the contract, aliases included. */
export const PATHS: readonly {
  path: string
  name: FunctionName
  methods: readonly string[]
  /** What the first of the methods takes, where it needs something. */
  body?: object
}[] = [
  { path: '/webhook', name: 'webhook', methods: ['POST'] },
  { path: '/health', name: 'health', methods: ['GET', 'HEAD'] },
  { path: '/status', name: 'panel', methods: ['GET', 'HEAD'] },
  { path: '/restart', name: 'restart', methods: ['POST'] },
  { path: '/restart_bot', name: 'restart', methods: ['POST'] },
  { path: '/reset-errors', name: 'reset-errors', methods: ['POST'] },
  { path: '/reset_errors', name: 'reset-errors', methods: ['POST'] },
  { path: '/drain', name: 'drain', methods: ['GET', 'HEAD', 'POST'] },
  { path: '/dead-letters', name: 'panel', methods: ['GET', 'HEAD', 'POST'] },
  { path: '/session', name: 'panel', methods: ['GET', 'HEAD', 'POST', 'DELETE'] },
  { path: '/processing', name: 'panel', methods: ['POST'], body: { paused: false } },
  { path: '/mailboxes', name: 'panel', methods: ['GET', 'HEAD', 'POST'] },
  { path: '/setup', name: 'panel', methods: ['GET', 'HEAD', 'POST'] },
  { path: '/account', name: 'account', methods: ['GET', 'HEAD', 'DELETE'] },
  { path: '/account/qr', name: 'account', methods: ['POST'] },
  { path: '/account/qr/check', name: 'account', methods: ['POST'] },
  { path: '/account/code', name: 'account', methods: ['POST'] },
  { path: '/account/verify', name: 'account', methods: ['POST'] },
  { path: '/account/login', name: 'account', methods: ['DELETE'] },
  { path: '/account/user', name: 'account', methods: ['GET', 'HEAD'] },
  { path: '/account/chats', name: 'account', methods: ['GET', 'HEAD'] },
  { path: '/account/chats/me/messages', name: 'account', methods: ['GET', 'HEAD'] },
]

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** What vercel.json and `vercel build` make of a project: the part of config.json that the tests read. */
export interface OutputConfig {
  version: number
  routes: Route[]
  crons?: { path: string; schedule: string }[]
}

/** The values of a header that routes set on a path, one for each rule that does. */
export function headersOf(routes: readonly Route[], path: string, name: string): string[] {
  return routes.flatMap((route) => {
    if ('handle' in route || !route.continue || !new RegExp(route.src ?? '').test(path)) return []
    const given = Object.entries(route.headers ?? {})
    return given.flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []))
  })
}

/**
 * Where a path leads that names no file: the first route that takes it, of those before the error pages.
 * @returns the function's path, a status in place of one ("404"), or null
 */
export function destinationOf(routes: readonly Route[], path: string): string | null {
  for (const route of routes) {
    if ('handle' in route) {
      if (route.handle !== 'filesystem') return null
    } else if (!route.continue && new RegExp(route.src ?? '').test(path)) {
      return route.dest ?? String(route.status)
    }
  }
  return null
}
