import { afterEach, beforeEach, expect, it } from 'vitest'
import { TelegramUnreachable } from '../../lib/errors.ts'
import { alertAdmins, noteUnhealthy, type AlertDeps } from '../../lib/operator/alerts.ts'
import { readSnapshot } from '../../lib/state/snapshot.ts'
import { createLogger } from '../../lib/log.ts'
import { openStore as connect, type Store } from '../../lib/redis.ts'
import { describeEngines, openStore, type TestStore } from '../support/store.ts'

describeEngines('alerts', (engine) => {
  let redis: TestStore
  let store: Store
  let nowMs: number
  let sent: unknown[]
  let deps: AlertDeps

  beforeEach(() => {
    redis = openStore(engine)
    nowMs = 1_795_000_000_000
    sent = []
    store = connect(
      { store: redis, keyPrefix: redis.prefix, storeKeyLocking: false },
      { now: () => String(nowMs) },
    )
    deps = {
      store,
      config: { adminTelegramIds: new Set(['1', '2']) },
      log: createLogger({ level: 'silent', redact: (line) => line }),
      call: (_method, params) => Promise.resolve(void sent.push(params?.['chat_id'])),
    }
  })
  afterEach(() => redis.cleanup())

  it('sends one message to every administrator for each cause and hour', async () => {
    await Promise.all([alertAdmins(deps, 'a', 'text'), alertAdmins(deps, 'a', 'text')])
    expect(sent).toEqual([1, 2])
    nowMs += 3_599_999
    await alertAdmins(deps, 'a', 'text')
    expect(sent).toHaveLength(2)
    await alertAdmins(deps, 'b', 'text')
    expect(sent).toHaveLength(4)
    nowMs += 1
    await alertAdmins(deps, 'a', 'text')
    expect(sent).toHaveLength(6)
  })

  it('is not silenced by a clock that was set back', async () => {
    await alertAdmins(deps, 'a', 'text')
    nowMs -= 3_599_999
    await alertAdmins(deps, 'a', 'text')
    expect(sent).toHaveLength(2)
    nowMs -= 1
    await alertAdmins(deps, 'a', 'text')
    expect(sent).toHaveLength(4)
  })

  it('continues when one administrator cannot be reached, and sends again when none was reached', async () => {
    const call = deps.call
    const reach = new Set([2])
    deps.call = (method, params) =>
      reach.has(Number(params?.['chat_id']))
        ? call(method, params)
        : Promise.reject(new TelegramUnreachable(method, 'timeout'))
    await alertAdmins(deps, 'a', 'text')
    expect(sent).toEqual([2])
    await alertAdmins(deps, 'a', 'text')
    expect(sent).toEqual([2])
    reach.clear()
    await alertAdmins(deps, 'b', 'text')
    reach.add(1)
    await alertAdmins(deps, 'b', 'text')
    expect(sent).toEqual([2, 1])
  })

  it('makes no store call when there are no administrators', async () => {
    const silent = { ...deps, store: {} as Store, config: { adminTelegramIds: new Set<string>() } }
    await expect(alertAdmins(silent, 'a', 'text')).resolves.toBeUndefined()
  })

  it('stores since when the bot is unhealthy', async () => {
    await noteUnhealthy(store, true)
    nowMs += 5000
    await noteUnhealthy(store, true)
    expect((await readSnapshot(store)).unhealthySinceMs).toBe(1_795_000_000_000)
    await noteUnhealthy(store, false)
    expect((await readSnapshot(store)).unhealthySinceMs).toBeNull()
  })
})
