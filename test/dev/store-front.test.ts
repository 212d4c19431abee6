import { afterAll, expect, it } from 'vitest'
import { describeEngines, openStore } from '../support/store.ts'

describeEngines('store front', (engine) => {
  const store = openStore(engine)
  afterAll(() => store.cleanup())

  it('sets and gets', async () => {
    const key = `${store.prefix}k`
    expect(await store.redis.set(key, 'v')).toBe('OK')
    expect(await store.redis.get(key)).toBe('v')
    expect(await store.redis.eval('return {KEYS[1], ARGV[1]}', [key], ['x'])).toEqual([key, 'x'])
  })
})
