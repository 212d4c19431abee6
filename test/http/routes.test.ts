import { describe, expect, it } from 'vitest'
import { StoreError } from '../../lib/errors.ts'
import { json, METHODS } from '../../lib/http/route.ts'
import { routes } from '../../lib/http/routes.ts'

const ORIGIN = 'http://localhost'
const answer = (body: unknown) => () => Promise.resolve(json(200, body))
const failing = () => Promise.reject(new StoreError('timeout'))

describe('routes()', () => {
  const route = routes(
    {
      '/read': { GET: answer('read') },
      '/both': { GET: answer('both'), POST: answer('posted') },
      '/failing': { POST: failing },
      '/of/:name/all': { GET: answer('named') },
    },
    () => ({ env: {}, write: () => {} }),
  )
  const ask = (method: (typeof METHODS)[number], path: string) =>
    route[method](new Request(`${ORIGIN}${path}`, { method }))

  it.each([
    ['GET', '/read', 'read'],
    ['GET', '/both', 'both'],
    ['POST', '/both', 'posted'],
    ['GET', '/read/', 'read'],
    ['GET', '/read?path=both', 'read'],
    ['GET', '/of/any.thing-1/all', 'named'],
  ] as const)('%s %s runs its own handler', async (method, path, body) => {
    const response = await ask(method, path)
    expect(response.status).toBe(200)
    expect(await response.json()).toBe(body)
  })

  it('answers HEAD like GET, without a body', async () => {
    const response = await ask('HEAD', '/read')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
  })

  it.each([
    ['POST', '/read', 'GET, HEAD'],
    ['OPTIONS', '/read', 'GET, HEAD'],
    ['DELETE', '/both', 'GET, HEAD, POST'],
    ['OPTIONS', '/both/', 'GET, HEAD, POST'],
    ['GET', '/failing', 'POST'],
    ['HEAD', '/failing', 'POST'],
  ] as const)('refuses %s %s with the Allow of that path', async (method, path, allow) => {
    const response = await ask(method, path)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe(allow)
    expect(await response.json()).toMatchObject({ error: { code: 'method_not_allowed' } })
  })

  it.each(['/of/all', '/of//all', '/of/two/names/all', '/of/one/all/more'])(
    'takes one segment for a name, not %s',
    async (path) => {
      expect((await ask('GET', path)).status).toBe(404)
    },
  )

  it.each(METHODS)('answers %s of an unknown path with 404 and no Allow', async (method) => {
    const response = await ask(method, '/unknown')
    expect(response.status).toBe(404)
    expect(response.headers.get('allow')).toBeNull()
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } })
  })

  it.each(['/', '/READ', '/read/x', '/read//', '//read', '/x/read', '/constructor', '/__proto__'])(
    '%s is no path of the table',
    async (path) => {
      expect((await ask('GET', path)).status).toBe(404)
    },
  )

  it('turns a handler’s error into its answer', async () => {
    const response = await ask('POST', '/failing')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: { code: 'store_unavailable' } })
  })
})
