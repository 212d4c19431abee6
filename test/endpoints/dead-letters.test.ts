/** Dead letters, as operators see and act on them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shardOf } from '../../lib/redis.ts'
import { startFaultFront, type Fault, type FaultFront } from '../support/fault-front.ts'
import { message, openPanel, skippingClock, START_MS, type Panel } from '../support/panel.ts'
import { describeEngines } from '../support/store.ts'
import { isCall } from '../support/store-calls.ts'

describeEngines('/dead-letters', (engine) => {
  let panel: Panel
  let user: number
  beforeEach(async () => {
    panel = await openPanel(engine)
    panel.nowMs = START_MS
    user = panel.telegram.user({ first_name: 'Ada' }).id
    // No sweep is due: a sweep would take the replayed updates.
    await panel.operate('POST', '/drain', {})
    await panel.settled()
  })
  afterEach(async () => {
    panel.telegram.faults.clear()
    await panel.close()
  })

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

  it('are written to the audit log when they are moved, not by a dry run', async () => {
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

  it('of a thousand causes are grouped in one answer', async () => {
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

  describe('when there are many', () => {
    let front: FaultFront
    beforeEach(async () => {
      front = await startFaultFront({ target: panel.test.url })
      panel.env['UPSTASH_REDIS_REST_URL'] = front.url
      panel.clock = skippingClock()
    })
    afterEach(async () => {
      await panel.settled()
      await front.close()
    })

    /** Letters as a worker writes them, oldest first. */
    const bury = async (letters: readonly { chat: number; payload: string }[]) => {
      const texts = letters.map(({ chat, payload }, n) => {
        return `${START_MS + n} ${chat} 1\n{"message":"no"}\n1 ${n} ${START_MS} ${chat} ok - 0\n${payload}`
      })
      const { dead, deadAt } = panel.keys
      await panel.test.raw.command('HSET', dead, ...texts.flatMap((text, n) => [String(n), text]))
      await panel.test.raw.command(
        'ZADD',
        deadAt,
        ...texts.flatMap((_, n) => [String(START_MS + n), String(n)]),
      )
    }
    const pings = (chats: readonly number[]) =>
      chats.map((chat, n) => ({ chat, payload: JSON.stringify(message(n, `/ping ${n}`, chat)) }))
    const answersTo = (chat: number) =>
      panel.telegram
        .replies({ id: chat } as never)
        .flatMap((text) => /^pong (\d+)/.exec(text)?.[1] ?? [])
        .map(Number)
    const asked = (operation: string) =>
      front.bodies.filter((body) => isCall({ index: 0, body }, operation)).length
    const act = (action: string) => panel.operate('POST', '/dead-letters', { action, all: true })
    /** From the `nth` call for letters on, each gets this fault, however often it is made again. */
    const failing = (operation: 'replay' | 'discard', nth: number, fault: Fault) => {
      const seen = new Set<string>()
      front.restart((call) => {
        if (!isCall(call, operation)) return null
        seen.add(call.body)
        return seen.size < nth ? null : fault
      })
    }
    /** Two chats whose letters cannot be moved by one call. */
    const twoChats = () => {
      const other = Array.from({ length: 50 }, () => panel.telegram.user({ first_name: 'Eve' }).id)
      const stranger = other.find((id) => shardOf(String(id)) !== shardOf(String(user)))
      if (stranger === undefined) throw new Error('all in one shard')
      return [user, stranger] as const
    }

    it.each(['replay', 'discard'] as const)('moves 50 letters a call: %s', async (action) => {
      await bury(Array.from({ length: 1000 }, () => ({ chat: user, payload: 'x' })))
      await panel.operate('POST', '/processing', { paused: true })
      front.restart()
      expect((await act(action)).json).toMatchObject({ matched: 1000, done: 1000 })
      expect(asked(action)).toBe(20)
      expect(asked('list-dead-letters')).toBe(1)
    })

    it('sweeps the replayed updates when the store fails midway, and answers how many are done', async () => {
      const [first, second] = twoChats()
      await bury(pings([...Array<number>(52).fill(first), ...Array<number>(52).fill(second)]))
      // The store runs the third call, but its answer is lost.
      failing('replay', 3, 'drop after')
      const answer = await act('replay')
      expect(answer).toMatchObject({ status: 503, json: { error: { code: 'partly_done' } } })
      expect(answer.headers.get('retry-after')).toBe('5')
      expect(answer.text).toContain('52 of 104')
      await panel.settled()
      const numbers = Array.from({ length: 104 }, (_, n) => n)
      expect(answersTo(first)).toEqual(numbers.slice(0, 52))
      expect(answersTo(second)).toEqual(numbers.slice(52, 102))
      front.restart()
      expect((await act('replay')).json).toMatchObject({ matched: 2, done: 2 })
      await panel.settled()
      expect(answersTo(second)).toEqual(numbers.slice(52))
      expect((await panel.audit()).slice(0, 2)).toEqual([
        ['replay', '2/2'],
        ['replay', '52/104'],
      ])
    })

    it('sweeps also when the first call got no answer', async () => {
      await bury(pings([user, user]))
      failing('replay', 1, 'drop after')
      expect(await act('replay')).toMatchObject({
        status: 503,
        json: { error: { code: 'store_unavailable' } },
      })
      await panel.settled()
      expect(answersTo(user)).toEqual([0, 1])
    })

    it('answers how many it has discarded, and sweeps nothing', async () => {
      await bury(pings(Array<number>(60).fill(user)))
      failing('discard', 2, 'drop before')
      const answer = await act('discard')
      expect(answer).toMatchObject({ status: 503, json: { error: { code: 'partly_done' } } })
      expect(answer.text).toContain('50 of 60')
      expect(panel.events('dead letters moved in part')).toMatchObject([
        { done: 50, matched: 60, error: { code: 'unreachable' } },
      ])
      expect(asked('sweep')).toBe(0)
      expect((await panel.audit())[0]).toEqual(['discard', '50/60'])
    })

    it('groups them with the first page only', async () => {
      await bury(pings([user, user]))
      const page = (query: string) => panel.operate('GET', `/dead-letters${query}`)
      front.restart()
      expect((await page('?offset=0')).json).toMatchObject({ groups: [{ count: 2 }] })
      expect(asked('list-dead-letters')).toBe(2)
      front.restart()
      const { json } = await page('?offset=1')
      expect(json).toMatchObject({ total: 2, dead_letters: [{ update_id: '0' }] })
      expect(json).not.toHaveProperty('groups')
      expect(asked('list-dead-letters')).toBe(1)
    })

    it('keeps each page small enough for the platform, and returns all letters over several pages', async () => {
      // Quotes are escaped twice, as in every JSON text inside another.
      const payload = JSON.stringify({ text: '"'.repeat(15_000) })
      await bury(Array.from({ length: 100 }, () => ({ chat: user, payload })))
      const ids: string[] = []
      let pages = 0
      for (let total = 1; ids.length < total; pages++) {
        const { text, json } = await panel.operate('GET', `/dead-letters?count=100&offset=${ids.length}`)
        expect(text.length).toBeLessThan(4_500_000)
        total = json['total'] as number
        ids.push(...(json['dead_letters'] as { update_id: string }[]).map((letter) => letter.update_id))
      }
      expect(new Set(ids).size).toBe(100)
      expect(pages).toBe(2)
    })
  })
})
