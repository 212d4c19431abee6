/** The breaker: failures open it; re-initialisations keep, move and close it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { setPaused } from '../../lib/state/pause.ts'
import { claimHeal, finishHeal, HEAL_LOCK_MS } from '../../lib/state/bot-state.ts'
import { CHAT, LEASE_MS, openInbox, START_MS, STRANGERS, type Inbox } from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

const [STRANGER = ''] = STRANGERS
const eight = (value: string) => Array<string>(8).fill(value)

describeEngines('the breaker', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  const claim = (reason: Parameters<typeof claimHeal>[2], owner = 'healer') =>
    claimHeal(inbox.store, owner, reason, 10)
  const finish = (
    result: Parameters<typeof finishHeal>[2] = { status: 'OK', info: '{"id":1}' },
    owner = 'healer',
  ) => finishHeal(inbox.store, owner, result)
  const open = async () => {
    await inbox.fail(await inbox.leased('1'), { breaker: 'telegram', outage: true })
    inbox.nowMs += 1000
  }

  it('of an outage: updates are accepted, no attempt counts, and a success frees everything', async () => {
    await open()
    for (const id of ['2', '3']) expect((await inbox.accept(id)).lease).toBeNull()
    await inbox.accept('4', { chat: STRANGER })
    for (let tries = 0; tries < 5; tries++) {
      expect(await claim('probe', `healer-${tries}`)).toMatchObject({ word: 'claimed', tries })
      expect(await finish({ status: 'FAILED', nextProbeMs: 1000 }, `healer-${tries}`)).toBe(0)
      expect(await inbox.botField('breaker_until')).toEqual(eight(String(inbox.nowMs + 1000)))
      inbox.nowMs += 999
      expect(await claim('probe', 'too-early')).toMatchObject({ word: 'early', waitMs: 1 })
      inbox.nowMs += 1
    }
    inbox.nowMs += 3600_000
    expect(await inbox.take()).toMatchObject({ word: 'open' })
    await claim('probe')
    expect(await finish()).toBe(1)
    expect(await inbox.botField('breaker')).toEqual(eight(''))
    expect((await inbox.sweep())?.toSorted()).toEqual([CHAT, STRANGER].toSorted())
    expect(await inbox.taken()).toMatchObject({ updateId: '1', attempt: 1 })
    inbox.nowMs += LEASE_MS
    expect(await inbox.drain()).toEqual(['1', '2', '3'])
    expect(await inbox.drain(STRANGER)).toEqual(['4'])
    expect(await inbox.letters()).toEqual([])
  })

  it('keeps the schedule of the probes after more failures', async () => {
    const late = await inbox.leased('9', { chat: STRANGER })
    await open()
    await claim('probe')
    await finish({ status: 'FAILED', nextProbeMs: 15_000 })
    const until = String(inbox.nowMs + 15_000)
    await inbox.fail(late, { breaker: 'telegram', outage: true })
    expect(await inbox.botField('breaker_until')).toEqual(eight(until))
    expect(await inbox.botField('breaker_tries')).toEqual(eight('1'))
  })

  it.each([
    [{ status: 'OK', info: '{"id":1}' }, 'OK', 1, 0, 0],
    [{ status: 'FAILED', nextProbeMs: 500 }, 'FAILED', 0, START_MS + 500, 3],
    [{ status: 'UNAUTHORIZED', nextProbeMs: 500 }, 'UNAUTHORIZED', 0, START_MS + 500, 3],
  ] as const)(
    'that an operator paused stays so when a re-initialisation ends: %o',
    async (result, status, epoch, untilMs, tries) => {
      await inbox.setBot({ breaker: 'paused', breaker_until: START_MS + 5, breaker_tries: 2 })
      expect(await claim('restart')).toMatchObject({ word: 'claimed' })
      expect(await finish(result)).toBe(epoch)
      expect(await inbox.botField('breaker')).toEqual(eight('paused'))
      expect(await inbox.botField('breaker_until')).toEqual(eight(String(untilMs)))
      expect(await inbox.botField('breaker_tries')).toEqual(eight(String(tries)))
      expect(await inbox.botField('status')).toEqual(eight(status))
      await inbox.accept('1')
      expect(await inbox.take()).toMatchObject({ word: 'open' })
    },
  )

  it('during an operator’s pause: probes continue, and a success leaves only the pause', async () => {
    await open()
    await inbox.setBot({ breaker: 'paused', breaker_until: 0 })
    for (let tries = 0; tries < 3; tries++) {
      expect(await claim('probe', `healer-${tries}`)).toMatchObject({ word: 'claimed', tries })
      expect(await finish({ status: 'FAILED', nextProbeMs: 1000 }, `healer-${tries}`)).toBe(0)
      inbox.nowMs += 999
      for (const reason of ['probe', 'init'] as const) {
        expect(await claim(reason, 'too-early')).toMatchObject({ word: 'early', waitMs: 1 })
      }
      inbox.nowMs += 1
    }
    expect(await claim('probe')).toMatchObject({ word: 'claimed' })
    expect(await finish()).toBe(1)
    expect(await inbox.botField('breaker')).toEqual(eight('paused'))
    expect(await claim('probe', 'late')).toMatchObject({ word: 'unneeded' })
    expect(await inbox.take()).toMatchObject({ word: 'open' })
  })

  it.each([
    ['telegram', { status: 'FAILED', nextProbeMs: 1000 }],
    ['token', { status: 'UNAUTHORIZED', nextProbeMs: 1000 }],
    ['', { status: 'OK', info: '{"id":1}' }],
  ] as const)('of a failed bot is %j again when the pause ends after %o', async (breaker, result) => {
    await open()
    await setPaused(inbox.store, true)
    await claim('probe')
    await finish(result)
    expect(await setPaused(inbox.store, false)).toBe(true)
    expect(await inbox.botField('breaker')).toEqual(eight(breaker))
    // Resuming allows a probe at once.
    expect(await claim('probe', 'next')).toMatchObject({ word: breaker === '' ? 'unneeded' : 'claimed' })
  })

  it('is open when the pause ends during a probe, until the probe succeeds', async () => {
    await open()
    await setPaused(inbox.store, true)
    await claim('probe', 'first')
    await finish({ status: 'FAILED', nextProbeMs: 1000 }, 'first')
    inbox.nowMs += 1000
    expect(await claim('probe', 'second')).toMatchObject({ word: 'claimed', tries: 1 })
    await setPaused(inbox.store, false)
    expect(await inbox.botField('breaker')).toEqual(eight('telegram'))
    await finish(undefined, 'second')
    expect(await inbox.botField('breaker')).toEqual(eight(''))
    // A re-initialisation for another reason does not stop a bot that works.
    await setPaused(inbox.store, true)
    await claim('restart', 'third')
    await setPaused(inbox.store, false)
    expect(await inbox.botField('breaker')).toEqual(eight(''))
  })

  it('is opened by a re-initialisation that fails: token, telegram', async () => {
    await claim('restart')
    await finish({ status: 'UNAUTHORIZED', nextProbeMs: 700.5 })
    expect(await inbox.botField('breaker')).toEqual(eight('token'))
    expect(await inbox.botField('breaker_until')).toEqual(eight(String(START_MS + 701)))
    await claim('restart')
    await finish({ status: 'FAILED', nextProbeMs: 700 })
    expect(await inbox.botField('breaker')).toEqual(eight('telegram'))
    expect(await inbox.botField('breaker_tries')).toEqual(eight('2'))
  })

  it('is claimed by one worker until the claim ends', async () => {
    await claim('init', 'first')
    expect(await finish(undefined, 'first')).toBe(1)
    const claims = await Promise.all(
      Array.from({ length: 6 }, (_, index) => claim('restart', `healer-${index}`)),
    )
    expect(claims.filter(({ word }) => word === 'claimed')).toHaveLength(1)
    expect(claims.filter(({ word }) => word === 'busy')).toHaveLength(5)
    const winner = `healer-${claims.findIndex(({ word }) => word === 'claimed')}`
    expect(await claim('restart', winner)).toMatchObject({ word: 'claimed' })
    expect(await finish(undefined, 'somebody')).toBeNull()
    await inbox.pass(HEAL_LOCK_MS + 1000, [inbox.keys.healLock])
    expect(await claim('stuck', 'next')).toMatchObject({ word: 'claimed' })
    expect(await finish(undefined, winner)).toBeNull()
    expect(await finish(undefined, 'next')).toBe(2)
    expect(await finish(undefined, 'next')).toBe(2)
  })
})
