import { afterEach, beforeEach, expect, it } from 'vitest'
import { LEASE_MS, openInbox, START_MS, type Inbox } from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

describeEngines('renew', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  it('extends the lease from now, also in the index, and changes nothing else', async () => {
    const lease = await inbox.filled(['1', '2'])
    const before = await inbox.mailbox()
    inbox.nowMs += 5000
    expect(await inbox.renew(lease)).toBe('renewed')
    expect(await inbox.mailbox()).toEqual({ ...before, untilMs: START_MS + 5000 + LEASE_MS })
    expect(await inbox.due()).toBe(START_MS + 5000 + LEASE_MS)
    inbox.nowMs += LEASE_MS - 1
    expect(await inbox.take()).toMatchObject({ word: 'busy', waitMs: 1 })
  })

  it('gives the same answer again', async () => {
    const lease = await inbox.leased('1')
    expect(await inbox.renew(lease)).toBe('renewed')
    expect(await inbox.renew(lease)).toBe('renewed')
  })

  it('renews an expired lease that no other worker has taken', async () => {
    const lease = await inbox.leased('1')
    inbox.nowMs += LEASE_MS * 2
    expect(await inbox.renew(lease)).toBe('renewed')
    expect(await inbox.take()).toMatchObject({ word: 'busy', waitMs: LEASE_MS })
  })

  it('renews for the next head under the same lease', async () => {
    const lease = await inbox.filled(['1', '2'])
    await inbox.settle(lease)
    expect(await inbox.renew(lease)).toBe('renewed')
  })

  it('corrects the length of a lease after the clock was set back', async () => {
    const lease = await inbox.leased('1')
    inbox.nowMs -= 3600_000
    expect(await inbox.renew(lease)).toBe('renewed')
    expect(await inbox.mailbox()).toMatchObject({ untilMs: inbox.nowMs + LEASE_MS })
  })

  it('is `lost` for another owner or fence, and changes nothing', async () => {
    const lease = await inbox.leased('1')
    const before = await inbox.dump()
    inbox.nowMs += 10
    expect(await inbox.renew({ ...lease, owner: 'somebody' })).toBe('lost')
    expect(await inbox.renew({ ...lease, fence: String(Number(lease.fence) - 1) })).toBe('lost')
    expect(await inbox.renew({ ...lease, fence: `${lease.fence}0` })).toBe('lost')
    expect(await inbox.dump()).toEqual(before)
  })

  it('is `lost` for a mailbox that another worker took, an empty one, and an unknown one', async () => {
    const lease = await inbox.leased('1')
    inbox.nowMs += LEASE_MS
    const other = await inbox.taken()
    expect(await inbox.renew(lease)).toBe('lost')
    await inbox.settle(other)
    expect(await inbox.renew(other)).toBe('lost')
    expect(await inbox.renew({ ...lease, chatKey: '77' })).toBe('lost')
  })

  it('is `lost` after fail() made the head wait', async () => {
    const lease = await inbox.leased('1')
    await inbox.fail(lease)
    expect(await inbox.renew(lease)).toBe('lost')
  })

  it('is `lost` for an unreadable record', async () => {
    const lease = await inbox.leased('1')
    await inbox.setField('m:1001', 'nonsense')
    expect(await inbox.renew(lease)).toBe('lost')
    expect(await inbox.field('m:1001')).toBe('nonsense')
  })
})
