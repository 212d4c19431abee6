/** The shared Lua: unreadable records, and the bot's state in replies. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replay } from '../../lib/inbox/dead-letters.ts'
import { BOT_FIELDS, readBotState } from '../../lib/inbox/lua.ts'
import { replyOf } from '../../lib/script.ts'
import { CHAT, HOUR_MS, LEASE_MS, openInbox, START_MS, type Inbox } from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

const UNREADABLE = [
  'nonsense',
  '',
  ' ',
  '1 2 3',
  `-5 - 0 0 0 0 0 - -`,
  `1.5 - 0 0 0 0 0 - -`,
  `x owner-1 5 1 0 2 5 1 -`,
  `${START_MS} owner-1 5 1 0 2 5 1 - and more`,
  `${START_MS}\nowner-1 5 1 0 2 5 1`,
]

describeEngines('a mailbox’s record', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  const spoil = (record = 'nonsense') => inbox.setField(`m:${CHAT}`, record)

  it.each(UNREADABLE)('that reads %j is rebuilt from its head and its backlog, in order', async (record) => {
    await inbox.filled(['5', '9', '3'])
    inbox.nowMs += 10
    await spoil(record)
    expect((await inbox.accept('1', { owner: 'me' })).lease).toMatchObject({
      updateId: '5',
      attempt: 1,
      fence: String(START_MS + 11),
    })
    expect(await inbox.mailbox()).toMatchObject({
      owner: 'me',
      backlog: 3,
      head: '5',
      sinceMs: START_MS,
      waitMs: 0,
    })
    expect(await inbox.field(`corrupt:${CHAT}`)).toBe(record)
    expect(await inbox.pending()).toEqual(['5', '9', '3', '1'])
    inbox.nowMs += LEASE_MS
    expect(await inbox.drain()).toEqual(['5', '9', '3', '1'])
    expect(await inbox.field('pending')).toBe('0')
  })

  it('is rebuilt by a take', async () => {
    await inbox.filled(['5', '9'])
    await spoil()
    expect(await inbox.taken()).toMatchObject({
      updateId: '5',
      attempt: 1,
      head: `1 5 ${START_MS} - ok - 0\n{"update_id":5}`,
    })
    expect(await inbox.pending()).toEqual(['5', '9'])
    inbox.nowMs += LEASE_MS
    expect(await inbox.drain()).toEqual(['5', '9'])
  })

  it('is rebuilt by a take that may not lease', async () => {
    await inbox.filled(['5', '9'])
    await spoil()
    await inbox.setBot({ breaker: 'paused' })
    expect(await inbox.take()).toMatchObject({ word: 'open' })
    expect(await inbox.mailbox()).toMatchObject({ head: '5', backlog: 1, owner: '-' })
    await inbox.setBot({ breaker: '' })
    expect(await inbox.drain()).toEqual(['5', '9'])
  })

  it('is rebuilt by a replay, which goes to the tail', async () => {
    await inbox.dies(await inbox.leased('1'))
    await inbox.filled(['5', '9'])
    await spoil()
    expect(await replay(inbox.store, { updateId: '1', chatKey: CHAT })).toBe(1)
    expect(await inbox.drain()).toEqual(['5', '9', '1'])
  })

  it('is found by the sweep: the worker gets `lost`, and the update is kept', async () => {
    const lease = await inbox.filled(['5', '9'])
    await spoil()
    expect(await inbox.settle(lease)).toEqual({ word: 'lost' })
    expect(await inbox.fail(lease)).toEqual({ word: 'lost' })
    expect(await inbox.renew(lease)).toBe('lost')
    inbox.nowMs += LEASE_MS
    expect(await inbox.sweep()).toEqual([CHAT])
    const taken = await inbox.taken()
    expect(taken).toMatchObject({ updateId: '5' })
    expect(await inbox.settle(lease)).toEqual({ word: 'lost' })
    expect(await inbox.settle(taken)).toMatchObject({ next: { updateId: '9' } })
  })

  it('is rebuilt with the first of the backlog as head when the head is missing', async () => {
    await inbox.filled(['5', '9', '3'])
    await spoil()
    await inbox.raw('HDEL', inbox.shardKey(CHAT), `h:${CHAT}`)
    expect(await inbox.taken()).toMatchObject({
      updateId: '9',
      head: `1 9 ${START_MS} - ok - 0\n{"update_id":9}`,
    })
    expect(await inbox.pending()).toEqual(['9', '3'])
    inbox.nowMs += LEASE_MS
    expect(await inbox.drain()).toEqual(['9', '3'])
  })

  it('is rebuilt empty when no update is left', async () => {
    await inbox.settle(await inbox.leased('5'))
    await spoil()
    expect(await inbox.take()).toMatchObject({ word: 'idle' })
    expect(await inbox.mailbox()).toMatchObject({ head: '-', backlog: 0, fence: START_MS })
    expect((await inbox.accept('9')).lease).toMatchObject({ updateId: '9', fence: String(START_MS + 1) })
  })

  it('is rebuilt with an unreadable head under a new id', async () => {
    await inbox.filled(['5', '9'])
    await spoil()
    await inbox.setField(`h:${CHAT}`, 'unreadable')
    const lease = await inbox.taken()
    expect(lease).toMatchObject({
      head: 'unreadable',
      updateId: expect.stringMatching(/^unknown-[0-9a-f]{40}$/) as string,
    })
    expect(await inbox.settle(lease)).toMatchObject({ next: { updateId: '9' } })
  })

  it('is rebuilt without a backlog of another type', async () => {
    await inbox.filled(['5', '9'])
    await spoil()
    await inbox.raw('DEL', inbox.keys.backlog(CHAT))
    await inbox.raw('SET', inbox.keys.backlog(CHAT), 'x')
    expect(await inbox.accept('1')).toMatchObject({ word: 'accepted', lease: { updateId: '5' } })
    inbox.nowMs += LEASE_MS
    expect(await inbox.drain()).toEqual(['5', '1'])
  })

  it('of another chat in the same shard does not change', async () => {
    await inbox.leased('1')
    await spoil()
    await inbox.leased('2', { chat: '2013' })
    expect(await inbox.field(`m:${CHAT}`)).toBe('nonsense')
  })

  it('with fields of the maximum length is read exactly', async () => {
    await inbox.filled(['4503599627370497', '4503599627370499'])
    const record = `9007199254740000 - 0 3 ${START_MS + HOUR_MS} 1 ${START_MS} 4503599627370497 a/b/9007199254739999`
    await spoil(record)
    expect(await inbox.take()).toMatchObject({ word: 'waiting', waitMs: HOUR_MS })
    inbox.nowMs += HOUR_MS
    expect(await inbox.taken()).toMatchObject({
      fence: '9007199254740001',
      attempt: 4,
      updateId: '4503599627370497',
    })
  })
})

describe('readBotState', () => {
  it('reads a missing field as its default', () => {
    expect(readBotState(replyOf(['', '', '', '', '', ''], BOT_FIELDS))).toEqual({
      info: null,
      epoch: 0,
      status: 'UNKNOWN',
      breaker: '',
      breakerUntilMs: 0,
      errors: 0,
    })
  })

  it('reads all six fields', () => {
    const words = ['{}', '4', 'OK', 'telegram', '1700000000000', '9']
    expect(readBotState(replyOf(words, BOT_FIELDS))).toEqual({
      info: '{}',
      epoch: 4,
      status: 'OK',
      breaker: 'telegram',
      breakerUntilMs: START_MS,
      errors: 9,
    })
  })
})
