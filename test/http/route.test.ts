import { describe, expect, it, vi } from 'vitest'
import { ConfigError, HttpError, StoreError } from '../../lib/errors.ts'
import { readJson, readText } from '../../lib/http/body.ts'
import { json, methods } from '../../lib/http/route.ts'
import { bearerOf, sameSecret } from '../../lib/auth/secrets.ts'

const url = 'http://localhost/x'
const post = (body: string, type = 'application/json') =>
  new Request(url, { method: 'POST', body, headers: { 'content-type': type } })

describe('methods', () => {
  const route = methods({ GET: () => Promise.resolve(json(200, { ok: true })) })

  it('answers HEAD like GET, without a body', async () => {
    const answer = await route.HEAD(new Request(url, { method: 'HEAD' }))
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('')
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)('refuses %s with Allow', async (method) => {
    const answer = await route[method](new Request(url, { method }))
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD')
    expect(await answer.json()).toMatchObject({ error: { code: 'method_not_allowed' } })
  })

  it.each([
    [new HttpError(422, 'odd', 'said', { 'x-y': 'z' }), 422, 'odd'],
    [new StoreError('timeout'), 503, 'store_unavailable'],
    [new ConfigError([{ variable: 'A', problem: 'is missing' }]), 503, 'configuration_faulty'],
    [new TypeError('secret detail'), 500, 'internal_error'],
    ['a string', 500, 'internal_error'],
  ])('turns %s into JSON', async (thrown, status, code) => {
    const handler = async () => {
      await Promise.resolve()
      throw thrown
    }
    const answer = await methods({ GET: handler }, () => ({ env: {}, write: () => {} })).GET(new Request(url))
    expect(answer.status).toBe(status)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const body = await answer.text()
    expect(JSON.parse(body)).toMatchObject({ error: { code } })
    expect(body).not.toContain('secret detail')
    if (status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('bodies', () => {
  it('reads text up to the limit and reports that it was cut', async () => {
    expect(await readText(post('äöü'), 6)).toEqual({ text: 'äöü', cut: false })
    expect(await readText(post('x'.repeat(11)), 10)).toEqual({ text: 'x'.repeat(10), cut: true })
    expect(await readText(new Request(url, { method: 'POST' }), 10)).toEqual({ text: '', cut: false })
  })

  it.each([
    [post('{}', 'text/plain'), 415],
    [post('{}', 'text/plain; application/json'), 415],
    [post('{nonsense'), 422],
    [post('"'.repeat(70_000)), 413],
  ])('refuses a body that is not JSON', async (request, status) => {
    await expect(readJson(request)).rejects.toMatchObject({ status })
  })

  it('stops reading an endless body, and keeps no more than the limit', async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(120)
    let sent = 0
    let isCancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++sent > 40) controller.close()
        else controller.enqueue(chunk)
      },
      cancel() {
        isCancelled = true
      },
    })
    const concat = vi.spyOn(Buffer, 'concat')
    const endless = new Request(url, { method: 'POST', body, duplex: 'half' })
    expect(await readText(endless, 10)).toEqual({ text: 'x'.repeat(10), cut: true })
    expect(concat.mock.calls.map(([chunks]) => chunks.length)).toEqual([1])
    concat.mockRestore()
    expect(isCancelled).toBe(true)
    expect(sent).toBeLessThan(20)
  })

  it('reads an empty body as null', async () => {
    expect(await readJson(new Request(url, { method: 'POST' }))).toBeNull()
  })
})

describe('auth', () => {
  it('compares secrets of any length without throwing', () => {
    expect(sameSecret('abc', 'abc')).toBe(true)
    for (const given of [null, '', 'ab', 'abcd', 'ä'.repeat(1000)])
      expect(sameSecret(given, 'abc')).toBe(false)
    expect(sameSecret('', '')).toBe(false)
    expect(sameSecret(null, null)).toBe(false)
  })

  it('finds a bearer token, and null in any other header', () => {
    const withAuth = (value: string) => new Request(url, { headers: { authorization: value } })
    expect(bearerOf(withAuth('bearer tok'))).toBe('tok')
    for (const bad of ['Basic tok', 'tok', 'Bearer']) expect(bearerOf(withAuth(bad))).toBeNull()
  })
})
