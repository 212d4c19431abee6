/** Stuck mailboxes and dead letters, as operators see and act on them. */
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
    // So that no sweep is due that would take what is stuck.
    await panel.operate('POST', '/drain', {})
    await panel.settled()
  })
  afterEach(async () => {
    panel.telegram.faults.clear()
    await panel.close()
  })

  /** An update whose worker was killed: accepted and leased, and nobody works on it. */
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
    it('shows what is stuck, and never the chat’s id', async () => {
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

    it('releases it, and another worker goes on at once', async () => {
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

    it('releases it under a pause too, and says that nobody takes it', async () => {
      await stick(1, '/ping stuck')
      await panel.operate('POST', '/processing', { paused: true })
      expect((await release(await firstId())).json).toEqual({ released: true, breaker: 'paused' })
      await panel.settled()
      expect(panel.telegram.replies({ id: user } as never)).toEqual([])
      expect((await list()).mailboxes).toMatchObject([{ state: 'due', lease_owner: null }])
    })

    it('is the same id as in the logs, so that one leads to the other', async () => {
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

    it('knows no mailbox by another name', async () => {
      await stick(1, '/ping stuck')
      expect((await release('0'.repeat(12))).status).toBe(404)
    })
  })

  describe('/dead-letters', () => {
    const die = async (id: number, description: string) => {
      panel.telegram.faults.set('sendMessage', { status: 400, times: 1, description })
      await panel.deliver(message(id, `/ping ${id}`, user))
      await panel.settled()
    }
    const groups = async () =>
      (await panel.operate('GET', '/dead-letters?count=1')).json['groups'] as Record<string, unknown>[]

    it('are grouped by cause over all of them, the newest group first', async () => {
      expect(await groups()).toEqual([])
      await die(1, 'Bad Request: message 1 is odd')
      panel.nowMs = START_MS + 1000
      await die(2, 'Bad Request: nonsense')
      panel.nowMs = START_MS + 2000
      await die(3, 'Bad Request: message 22 is odd')
      const found = await groups()
      expect(found).toMatchObject([
        { count: 2, newest_at: new Date(START_MS + 2000).toISOString(), cause: { name: 'TelegramRefused' } },
        { count: 1, newest_at: new Date(START_MS + 1000).toISOString() },
      ])
      expect(JSON.stringify(found[0]?.['cause'])).toContain('message 22 is odd')
      // The fingerprint is that of the letters, and what replay and discard take.
      const { dead_letters: letters } = (await panel.operate('GET', '/dead-letters')).json as {
        dead_letters: { update_id: string; fingerprint: string }[]
      }
      expect(letters.map(({ fingerprint }) => fingerprint)).toEqual([
        found[0]?.['fingerprint'],
        found[1]?.['fingerprint'],
        found[0]?.['fingerprint'],
      ])
      const fingerprint = found[0]?.['fingerprint']
      const discarded = await panel.operate('POST', '/dead-letters', { action: 'discard', fingerprint })
      expect(discarded.json).toMatchObject({ matched: 2, done: 2 })
      expect(await groups()).toMatchObject([{ count: 1 }])
      expect((await panel.audit())[0]).toEqual(['discard', '2/2'])
    })

    it('are noted when they were moved, not when that was only asked about', async () => {
      await die(1, 'Bad Request: nonsense')
      const ask = (dry_run: boolean) =>
        panel.operate('POST', '/dead-letters', { action: 'replay', all: true, dry_run })
      expect((await ask(true)).json).toEqual({ action: 'replay', dry_run: true, matched: 1, done: 0 })
      const before = (await panel.audit()).length
      expect((await ask(false)).json).toEqual({ action: 'replay', dry_run: false, matched: 1, done: 1 })
      await panel.settled()
      expect(panel.telegram.replies({ id: user } as never).at(-1)).toContain('pong 1')
      const entries = await panel.audit()
      expect(entries).toHaveLength(before + 1)
      expect(entries[0]).toEqual(['replay', '1/1'])
    })

    /** Writes letters into the store, one of each cause, the newest last. */
    const put = async (causes: readonly string[]) => {
      const { dead, deadAt } = panel.keys
      const fields = causes.flatMap((cause, n) => [String(n), `${START_MS + n} 1 1\n${cause}\n1 x`])
      const scores = causes.flatMap((_, n) => [String(START_MS + n), String(n)])
      await panel.test.raw.command('HSET', dead, ...fields)
      await panel.test.raw.command('ZADD', deadAt, ...scores)
    }

    it('of many causes, a thousand at most, are grouped in one go', async () => {
      const letter = (n: number) => `{"name":"E","message":"${n % 2 ? 'odd' : 'even'} ${n}"}`
      await put(Array.from({ length: 1000 }, (_, n) => letter(n)))
      expect(await groups()).toMatchObject([
        { count: 500, cause: { message: 'odd 999' } },
        { count: 500, cause: { message: 'even 998' } },
      ])
    })

    it.each(['null', '5', '"words"', '[]', '{"message":5}', '{"name":null}', '{"code":{}}', 'no JSON'])(
      'of the cause %s are shown with its text',
      async (cause) => {
        await put([cause])
        expect(await groups()).toMatchObject([{ cause: { message: cause } }])
        const { json } = await panel.operate('GET', '/dead-letters')
        expect(json).toMatchObject({ dead_letters: [{ cause: { message: cause } }] })
      },
    )
  })
})
