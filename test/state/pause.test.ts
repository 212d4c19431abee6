import { afterAll, beforeEach, expect, it } from 'vitest'
import { isPaused, setPaused } from '../../lib/state/pause.ts'
import { readState, writeState } from '../support/bot-state.ts'
import { losingAnswers } from '../support/inbox.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { createTime, openVirtualStore, type VirtualStore } from '../support/virtual.ts'

describeEngines('the pause', (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let store: VirtualStore
  beforeEach(() => {
    store = openVirtualStore(test, createTime())
  })

  it('returns whether the call changed the state', async () => {
    expect(await setPaused(store, false)).toBe(false)
    expect(await setPaused(store, true)).toBe(true)
    expect(await setPaused(store, true)).toBe(false)
    expect(await isPaused(store)).toBe(true)
    expect(await setPaused(store, false)).toBe(true)
    expect(await isPaused(store)).toBe(false)
  })

  it('returns the same after the answer was lost: this call changed the state', async () => {
    const lossy = losingAnswers(store)
    expect(await setPaused(lossy, true)).toBe(true)
    expect(await setPaused(lossy, true)).toBe(false)
    expect(await setPaused(lossy, false)).toBe(true)
    expect(await setPaused(lossy, false)).toBe(false)
  })

  it.each([true, false])('of a repeated call does not overrule a later action: %s', async (paused) => {
    await setPaused(store, !paused)
    const lossy = losingAnswers(store, () => setPaused(store, !paused))
    expect(await setPaused(lossy, paused)).toBe(true)
    expect(await isPaused(store)).toBe(!paused)
  })

  it('does not change the state by a repeated call that changed nothing before', async () => {
    await setPaused(store, true)
    expect(
      await setPaused(
        losingAnswers(store, () => setPaused(store, false)),
        true,
      ),
    ).toBe(false)
    expect(await isPaused(store)).toBe(false)
  })

  it('keeps a breaker with another reason when there is no pause to end', async () => {
    await writeState(store, { breaker: 'throttled', breaker_until: '7' })
    expect(await setPaused(store, false)).toBe(false)
    expect(await readState(store)).toMatchObject({ breaker: 'throttled', breaker_until: '7' })
  })

  it('throws for a reply of another shape', async () => {
    const odd = { ...store, run: () => Promise.resolve(['nonsense']) }
    await expect(isPaused(odd)).rejects.toMatchObject({ code: 'unexpected_reply' })
    await expect(setPaused(odd, true)).rejects.toMatchObject({ code: 'unexpected_reply' })
  })
})
