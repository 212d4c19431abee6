import { afterEach, expect, it, vi } from 'vitest'
import { ask } from '../../lib/panel/http/client.ts'

afterEach(() => vi.unstubAllGlobals())

/** A network that answers nothing until the caller gives up. */
const silent = (_path: string, { signal }: { signal: AbortSignal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })

it('tells an answer that is still awaited from a network that is not there', async () => {
  vi.stubGlobal('fetch', silent)
  expect(await ask('POST', '/drain', {}, 1)).toMatchObject({
    ok: false,
    failure: { status: 0, code: 'timeout' },
  })
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
  expect(await ask('GET', '/status')).toMatchObject({
    ok: false,
    failure: { status: 0, code: 'unreachable' },
  })
})

it.each([
  [200, 'no JSON', { ok: false, failure: { status: 200, code: 'bad_answer' } }],
  [502, '<html>', { ok: false, failure: { status: 502, code: 'bad_answer' } }],
  [500, '{"error":{"code":5}}', { ok: false, failure: { status: 500, code: 'bad_answer', message: '' } }],
  [200, '{"a":1}', { ok: true, data: { a: 1 } }],
  [503, '{"status":"unhealthy"}', { ok: true, data: { status: 'unhealthy' } }],
])('reads %i %s', async (status, body, outcome) => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status })))
  expect(await ask('GET', '/health')).toMatchObject(outcome)
})
