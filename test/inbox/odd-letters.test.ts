/** Heads and dead letters without their text, as after an operator's edit or a failover that lost writes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHAT, LEASE_MS, openInbox, type Inbox } from '../support/inbox.ts'
import { openPanel, type Panel } from '../support/panel.ts'
import { describeEngines } from '../support/store.ts'

describeEngines('a head without its envelope', (engine) => {
  let inbox: Inbox
  beforeEach(async () => {
    inbox = openInbox(engine)
    await inbox.setBot({ epoch: 3 })
  })
  afterEach(() => inbox.cleanup())

  const loseHead = () => inbox.raw('HDEL', inbox.shardKey(CHAT), `h:${CHAT}`)

  it('is leased by a take, and the next one follows it', async () => {
    await inbox.filled(['1', '2'])
    await loseHead()
    inbox.nowMs += LEASE_MS
    const taken = await inbox.take()
    expect(taken).toMatchObject({ bot: { epoch: 3 }, lease: { updateId: '1', head: '', nowMs: inbox.nowMs } })
    if (taken.word !== 'leased') throw new Error(taken.word)
    expect(await inbox.settle(taken.lease)).toMatchObject({ next: { updateId: '2' } })
  })

  it('is leased to the call that accepts another update', async () => {
    await inbox.filled(['1', '2'])
    await loseHead()
    inbox.nowMs += LEASE_MS
    expect(await inbox.accept('3')).toMatchObject({ bot: { epoch: 3 }, lease: { updateId: '1', head: '' } })
  })

  it('is returned again after the answer of a settlement was lost', async () => {
    const lease = await inbox.filled(['1', '2'])
    await inbox.settle(lease)
    await loseHead()
    expect(await inbox.settle(lease)).toMatchObject({ bot: { epoch: 3 }, next: { updateId: '2', head: '' } })
  })

  it('becomes a dead letter with its cause, and does not block the next one', async () => {
    const lease = await inbox.filled(['1', '2'])
    await loseHead()
    await inbox.dies(lease, { cause: '{"name":"Odd"}' })
    expect(await inbox.letters()).toMatchObject([{ updateId: '1', cause: '{"name":"Odd"}', payload: '' }])
    expect(await inbox.taken()).toMatchObject({ updateId: '2', attempt: 1 })
  })
})

describeEngines('a dead letter', (engine) => {
  let panel: Panel
  beforeEach(async () => {
    panel = await openPanel(engine)
    await panel.operate('POST', '/processing', { paused: true })
    for (const id of [6, 7, 8]) {
      const text = `${id} ${CHAT} 5\n{"message":"of ${id}"}\n1 ${id} 1 - ok - 0\n{"update_id":${id}}`
      await panel.test.raw.command('HSET', panel.keys.dead, String(id), text)
      await panel.test.raw.command('ZADD', panel.keys.deadAt, String(id), String(id))
    }
  })
  afterEach(() => panel.close())

  describe.each([
    ['that is listed and gone', 'HDEL', []],
    ['that is unreadable', 'HSET', ['nonsense']],
  ] as const)('%s', (_, command, value) => {
    beforeEach(async () => {
      await panel.test.raw.command(command, panel.keys.dead, '7', ...value)
    })

    it('does not hide other letters in the groups', async () => {
      const { status, json } = await panel.operate('GET', '/dead-letters')
      expect(status).toBe(200)
      const groups = json['groups'] as { count: number; cause: unknown }[]
      expect(groups.find(({ count }) => count === 2)).toMatchObject({ cause: { message: 'of 8' } })
    })

    it('does not stop a replay of all letters', async () => {
      const answer = await panel.operate('POST', '/dead-letters', { action: 'replay', all: true })
      expect(answer.status).toBe(200)
      const { json } = await panel.operate('GET', '/mailboxes')
      const mailboxes = json['mailboxes'] as { pending: number }[]
      expect(mailboxes.map(({ pending }) => pending)).toContain(2)
      // It cannot be processed, and it is not lost.
      await panel.operate('POST', '/processing', { paused: false })
      await panel.settled()
      const again = (await panel.operate('GET', '/dead-letters')).json['dead_letters']
      expect(again).toMatchObject([{ update_id: '7', payload: value[0] ?? '' }])
    })
  })
})
