/** Stuck mailboxes, as operators see and act on them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accept } from '../../lib/inbox/accept.ts'
import { message, openPanel, START_MS, type Panel } from '../support/panel.ts'
import { describeEngines } from '../support/store.ts'

describeEngines('operators', (engine) => {
  let panel: Panel
  let user: number
  beforeEach(async () => {
    panel = await openPanel(engine)
    panel.nowMs = START_MS
    user = panel.telegram.user({ first_name: 'Ada' }).id
    // No sweep is due: a sweep would take the stuck mailbox.
    await panel.operate('POST', '/drain', {})
    await panel.settled()
  })
  afterEach(async () => {
    panel.telegram.faults.clear()
    await panel.close()
  })

  /** An update whose worker was killed: accepted and leased, without a worker. */
  const stick = (id: number, text: string) =>
    accept(
      panel.store,
      { updateId: String(id), chatKey: String(user), userId: String(user), isRequest: true },
      JSON.stringify(message(id, text, user)),
      {
        owner: 'a-worker-that-was-killed.1',
        leaseMs: 15_000,
        rateLimit: { requests: 0, windowMs: 1 },
        sweepIntervalMs: 1e9,
      },
    )
  const list = async () =>
    (await panel.operate('GET', '/mailboxes')).json as {
      total: number
      mailboxes: { id: string; state: string }[]
    }
  const firstId = async () => (await list()).mailboxes[0]?.id ?? ''
  const release = (id: unknown) => panel.operate('POST', '/mailboxes', { action: 'release', id })

  describe('/mailboxes', () => {
    it('shows stuck mailboxes, and never a chat’s id', async () => {
      await stick(1, '/ping stuck')
      panel.nowMs = START_MS + 5000
      const answer = await panel.operate('GET', '/mailboxes')
      expect(answer.json).toEqual({
        total: 1,
        mailboxes: [
          {
            id: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
            state: 'leased',
            lease_owner: 'a-worker-that-was-killed.1',
            lease_until: new Date(START_MS + 15_000).toISOString(),
            oldest_accepted_at: new Date(START_MS).toISOString(),
            age_s: 5,
            attempts: 1,
            next_retry_at: null,
            pending: 1,
          },
        ],
      })
      expect(answer.text).not.toContain(String(user))
    })

    it('releases a mailbox, and another worker takes it at once', async () => {
      await stick(1, '/ping stuck')
      const id = await firstId()
      expect((await release(id)).json).toEqual({ released: true, breaker: null })
      await panel.settled()
      expect(panel.telegram.replies({ id: user } as never)[0]).toContain('pong stuck')
      expect(await list()).toEqual({ total: 0, mailboxes: [] })
      expect(await release(id)).toMatchObject({ status: 404, json: { error: { code: 'no_such_mailbox' } } })
      expect((await panel.audit()).slice(0, 2)).toEqual([
        ['release', 'no_such_mailbox'],
        ['release', 'ok'],
      ])
    })

    it('releases a mailbox during a pause, and answers that the breaker is `paused`', async () => {
      await stick(1, '/ping stuck')
      await panel.operate('POST', '/processing', { paused: true })
      expect((await release(await firstId())).json).toEqual({ released: true, breaker: 'paused' })
      await panel.settled()
      expect(panel.telegram.replies({ id: user } as never)).toEqual([])
      expect((await list()).mailboxes).toMatchObject([{ state: 'due', lease_owner: null }])
    })

    it('uses the same id as the logs', async () => {
      await stick(1, '/ping stuck')
      const id = await firstId()
      await release(id)
      await panel.settled()
      expect(panel.events('update processed')).toMatchObject([{ chat: id, attempt: 2 }])
    })

    it.each([
      {},
      { action: 'release' },
      { action: 'release', id: '12' },
      { action: 'keep', id: 'a'.repeat(12) },
      null,
    ])('refuses %j', async (body) => {
      expect((await panel.operate('POST', '/mailboxes', body)).status).toBe(422)
    })

    it('answers 404 for an unknown id', async () => {
      await stick(1, '/ping stuck')
      expect((await release('0'.repeat(12))).status).toBe(404)
    })
  })
})
