import { expect, it } from 'vitest'
import { StoreError } from '../../lib/errors.ts'
import { readStoreFacts } from '../../lib/operator/store-facts.ts'
import type { Reader } from '../../lib/redis.ts'

type Ask = Reader['ask']
const storeWith = (ask: Ask): Reader => ({
  ask,
  readFields: () => Promise.reject(new Error('not asked for')),
})
const telling = (info: string, size: string) =>
  storeWith(([command]) => Promise.resolve(command === 'INFO' ? info : size))
const NOTHING = { usedBytes: null, maxBytes: null, keys: null, evictionPolicy: null }

it('reads INFO and DBSIZE', async () => {
  const info =
    '# Memory\r\nused_memory:1024\r\nused_memory_human:1K\r\nmaxmemory:2048\r\nmaxmemory_policy:noeviction\r\n'
  expect(await readStoreFacts(telling(info, '12'))).toEqual({
    usedBytes: 1024,
    maxBytes: 2048,
    keys: 12,
    evictionPolicy: 'noeviction',
  })
})

it('returns null for a store without a limit', async () => {
  expect(await readStoreFacts(telling('used_memory:1\nmaxmemory:0\n', '0'))).toEqual({
    ...NOTHING,
    usedBytes: 1,
    keys: 0,
  })
})

it.each(['', 'nonsense', 'used_memory:-1\nmaxmemory:many\n', `used_memory:${'9'.repeat(40)}`])(
  'does not guess where it says %j',
  async (said) => {
    expect(await readStoreFacts(telling(said, said))).toEqual(NOTHING)
  },
)

it('returns nulls when the store refuses, and throws other errors', async () => {
  const failing = (fault: Error) => readStoreFacts(storeWith(() => Promise.reject(fault)))
  expect(await failing(new StoreError('not_supported', { definite: true }))).toEqual(NOTHING)
  await expect(failing(new TypeError('x'))).rejects.toBeInstanceOf(TypeError)
})
