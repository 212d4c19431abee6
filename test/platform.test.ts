import { waitUntil as vercelWaitUntil } from '@vercel/functions'
import { afterEach, describe, expect, it } from 'vitest'
import { REQUEST_CONTEXT, waitUntil } from '../lib/platform.ts'

describe('waitUntil', () => {
  const holder = globalThis as Record<symbol, unknown>
  afterEach(() => {
    delete holder[REQUEST_CONTEXT]
  })

  it.each([
    ['ours', waitUntil],
    ["Vercel's own", vercelWaitUntil],
  ])('hands the work to the context of the request: %s', (_, register) => {
    const given: unknown[] = []
    let asked = 0
    holder[REQUEST_CONTEXT] = {
      get: () => {
        asked++
        return { waitUntil: (work: unknown) => void given.push(work) }
      },
    }
    const work = Promise.resolve()
    register(work)
    expect(given).toEqual([work])
    // Read anew for each request: the next one has another context.
    register(work)
    expect(asked).toBe(2)
  })

  it.each([[undefined], [{}], [{ get: () => undefined }], [{ get: () => ({}) }]])(
    'lets the work run where the platform is not: %j',
    (context) => {
      holder[REQUEST_CONTEXT] = context
      expect(() => waitUntil(Promise.resolve())).not.toThrow()
    },
  )
})
