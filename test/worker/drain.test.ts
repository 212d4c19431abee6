import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Guard } from '../../lib/kit/guarded-call.ts'
import { LeaseLost, StoreError, TelegramRefused, TelegramUnreachable } from '../../lib/errors.ts'
import type { Taken } from '../../lib/inbox/take.ts'
import { systemClock } from '../../lib/time.ts'
import { createDrainWorld, elapse, LEASE_MS, MAX_ATTEMPTS } from '../support/drain.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  // A drain leaves no timer behind.
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const refused = (code: number, retryAfterSeconds: number | null = null) =>
  new TelegramRefused('sendMessage', code, 'no hunter2', { retryAfterSeconds })
const unreachable = new TelegramUnreachable('sendMessage', 'timeout')
const throws = (error: unknown) => async () => {
  throw error
}
/** A handler that works for so long without sending. */
const works = (ms: number) => () => systemClock.sleep(ms)
const taken = (word: 'busy' | 'waiting' | 'idle' | 'open', waitMs = 0, breaker = ''): Taken => ({
  word,
  waitMs,
  bot: { info: null, epoch: 1, status: 'OK', breaker, breakerUntilMs: 0, errors: 0 },
})

describe('heads', () => {
  it('are processed and settled in order, one after another', async () => {
    const world = createDrainWorld('1', '2', '3')
    world.handlers = { '1': works(3000), '2': works(10) }
    await world.run()
    expect(world.trace).toEqual([1, 2, 3].flatMap((id) => [`process ${id}`, `settle ${id}`]))
    expect(world.count('update processed')).toBe(3)
    expect(world.lines[0]).toMatchObject({ chat: '#42', update_id: '1', attempt: 1, duration_ms: 3000 })
  })

  it('give the settlement the error counter as last seen', async () => {
    const world = createDrainWorld('1')
    world.bot.errors = 4
    const settle = vi.spyOn(world.deps.inbox, 'settle')
    await world.run()
    expect(settle.mock.calls[0]?.slice(1)).toEqual([4, true])
  })

  it('are taken anew where the settlement gave the mailbox free', async () => {
    const world = createDrainWorld('1')
    world.deps.inbox.settle = async () => {
      world.trace.push('settle')
      return { word: 'settled', next: null, left: true, bot: world.bot, clearedErrors: false }
    }
    world.deps.inbox.take = async () => {
      world.trace.push('take')
      return taken('busy')
    }
    await world.run()
    expect(world.trace).toEqual(['process 1', 'settle', 'take'])
  })
})

describe('the lease', () => {
  it('is renewed at every third while a handler works, and not after', async () => {
    const world = createDrainWorld('1')
    world.handlers['1'] = works(16_000)
    await world.run()
    await vi.advanceTimersByTimeAsync(LEASE_MS * 2)
    const renewals = [5000, 10_000, 15_000].map((at) => `renew at ${at}`)
    expect(world.trace).toEqual(['process 1', ...renewals, 'settle 1'])
  })

  it.each(['ends with it', 'swallows it', 'ends with another error'])(
    'lost in the middle: no more is sent; a handler that %s',
    async (how) => {
      const world = createDrainWorld('1', '2')
      world.deps.inbox.renew = async () => 'lost'
      let sent = 0
      world.handlers['1'] = async (guard) => {
        await guard.beforeCall()
        sent++
        await systemClock.sleep(6000)
        expect(guard.signal.reason).toBeInstanceOf(LeaseLost)
        const call = guard.beforeCall().then(() => sent++)
        if (how === 'ends with it') await call
        await call.catch(() => {})
        if (how === 'ends with another error') throw new Error('aborted')
      }
      await world.run()
      expect([sent, world.trace]).toEqual([1, ['process 1']])
      expect(world.count('lease lost')).toBe(1)
    },
  )

  it('is asked for by a worker that was paused past it, which sends when it is still there', async () => {
    const world = createDrainWorld('1')
    world.handlers['1'] = async (guard) => {
      await guard.beforeCall()
      world.paused += LEASE_MS + 1
      await guard.beforeCall()
      await guard.beforeCall()
    }
    await world.run()
    expect(world.trace).toEqual(['process 1', 'renew at 0', 'settle 1'])
  })

  it.each([
    ['is gone', async () => 'lost' as const],
    ['cannot be asked for', throws(new StoreError('timeout'))],
  ])('refuses a worker that was paused past it when it %s', async (_name, renew) => {
    const world = createDrainWorld('1')
    world.deps.inbox.renew = renew
    world.handlers['1'] = async (guard) => {
      world.paused += LEASE_MS + 1
      await expect(guard.beforeCall()).rejects.toBeInstanceOf(LeaseLost)
      throw new Error('whatever the handler makes of it')
    }
    await world.run()
    expect(world.trace.filter((word) => word.startsWith('settle'))).toEqual([])
  })

  it('counts as held for its whole length from a renewal on, and only two thirds before the first', async () => {
    const world = createDrainWorld('1')
    let renewals = 0
    world.deps.inbox.renew = async () => {
      if (renewals++ > 0) throw new StoreError('timeout')
      return 'renewed'
    }
    world.handlers['1'] = async (guard) => {
      await systemClock.sleep(5000 + LEASE_MS - 1)
      await expect(guard.beforeCall()).resolves.toBeUndefined()
      expect(renewals).toBe(3)
      await systemClock.sleep(1)
      await expect(guard.beforeCall()).rejects.toBeInstanceOf(LeaseLost)
    }
    await world.run()
    const early = createDrainWorld('1')
    early.deps.inbox.renew = throws(new StoreError('timeout'))
    early.handlers['1'] = async (guard) => {
      await systemClock.sleep((LEASE_MS * 2) / 3 - 1)
      await expect(guard.beforeCall()).resolves.toBeUndefined()
      await systemClock.sleep(1)
      await expect(guard.beforeCall()).rejects.toBeInstanceOf(LeaseLost)
    }
    await early.run()
  })

  it('counts from when it was asked for: with an acceptance, a settlement, a take', async () => {
    const old = createDrainWorld('1')
    old.askedAgoMs = (LEASE_MS * 2) / 3
    old.handlers['1'] = (guard) => guard.beforeCall()
    await old.run()
    expect(old.trace).toEqual(['process 1', 'renew at 0', 'settle 1'])

    for (const which of ['settle', 'take'] as const) {
      const slow = createDrainWorld('1', '2')
      const { inbox } = slow.deps
      const lasting = () => {
        slow.paused += (LEASE_MS * 2) / 3
      }
      slow.deps.inbox = {
        ...inbox,
        settle(lease, errors, takeNext) {
          if (which === 'settle') lasting()
          return inbox.settle(lease, errors, takeNext && which === 'settle')
        },
        take(chatKey) {
          lasting()
          return inbox.take(chatKey)
        },
      }
      slow.handlers['2'] = (guard) => guard.beforeCall()
      await slow.run()
      expect(slow.trace.filter((word) => word.startsWith('renew'))).toEqual(['renew at 0'])
    }
  })

  it('counts from when its renewal was asked for', async () => {
    const world = createDrainWorld('1')
    let renewals = 0
    world.deps.inbox.renew = async () => {
      if (renewals++ > 0) throw new StoreError('timeout')
      world.paused += 4000
      return 'renewed'
    }
    world.handlers['1'] = async (guard) => {
      await systemClock.sleep(5000)
      world.paused += LEASE_MS - 4001
      await expect(guard.beforeCall()).resolves.toBeUndefined()
      world.paused += 1
      await expect(guard.beforeCall()).rejects.toBeInstanceOf(LeaseLost)
    }
    await world.run()
  })

  it.each(['fails', 'ends'])('is closed to what a handler that %s left running', async (how) => {
    const world = createDrainWorld('1')
    let late: Guard | undefined
    world.handlers['1'] = async (guard) => {
      late = guard
      if (how === 'fails') throw new Error('out of time')
    }
    world.deps.inbox.take = async () => taken('idle')
    await world.run()
    expect(late?.signal.reason).toBeInstanceOf(LeaseLost)
    await expect(late?.beforeCall()).rejects.toBeInstanceOf(LeaseLost)
    expect(world.trace.some((word) => word.startsWith('renew'))).toBe(false)
  })

  it('that the settlement or the failure finds lost ends the drain', async () => {
    for (const handler of [works(0), throws(new Error('x')), throws(refused(403))]) {
      const world = createDrainWorld('1', '2')
      world.handlers['1'] = handler
      world.deps.inbox.settle = async () => ({ word: 'lost' })
      world.deps.inbox.fail = async () => ({ word: 'lost' })
      await world.run()
      expect(world.trace.filter((word) => !word.startsWith('blocked'))).toEqual(['process 1'])
      expect(world.count('drain stopped')).toBe(0)
    }
  })
})

describe('the deadline', () => {
  it('lets nothing be taken after it: what is left is given free', async () => {
    const world = createDrainWorld('1', '2')
    world.deps.deadlineMs = performance.now() + 10_000
    const settle = vi.spyOn(world.deps.inbox, 'settle')
    world.handlers['1'] = works(10_000)
    await world.run()
    expect(world.trace.filter((word) => !word.startsWith('renew'))).toEqual(['process 1', 'settle 1'])
    expect(settle.mock.calls[0]?.[2]).toBe(false)
    expect(world.left).toEqual(['2'])
  })

  it('is not waited past', async () => {
    const world = createDrainWorld('1')
    world.deps.deadlineMs = performance.now() + 2999
    world.handlers['1'] = throws(refused(429, 3))
    await world.run()
    expect(world.trace).toEqual(['process 1', 'fail 1 wait', 'failed 1'])
  })
})

describe('waiting', () => {
  it('is done inside up to 80 s, longer than any backoff, and left to the sweep beyond', async () => {
    for (const [seconds, rest] of [
      [80, ['sleep 80000', 'take', 'process 1', 'settle 1']],
      [81, []],
    ] as const) {
      const world = createDrainWorld('1')
      world.handlers['1'] = async (_guard, lease) => {
        if (lease.attempt === 1) throw refused(429, seconds)
      }
      await world.run()
      expect(world.trace).toEqual(['process 1', 'fail 1 wait', 'failed 1', ...rest])
    }
  })

  it('follows what the take says, also while Telegram throttles the bot', async () => {
    const world = createDrainWorld('1', '2')
    const inbox = { ...world.deps.inbox }
    const answers = [taken('waiting', 500), taken('open', 700, 'throttled'), taken('waiting', 0)]
    world.handlers['1'] = throws(refused(400))
    world.deps.inbox.take = async (key) => answers.shift() ?? inbox.take(key)
    await world.run()
    const waits = ['sleep 500', 'sleep 700', 'sleep 10']
    expect(world.trace.slice(4)).toEqual([...waits, 'take', 'process 2', 'settle 2'])
  })

  it.each(['busy', 'idle', 'telegram', 'token', 'paused'])(
    'ends where the take finds it %s',
    async (word) => {
      const world = createDrainWorld('1', '2')
      world.handlers['1'] = throws(refused(400))
      const isWord = word === 'busy' || word === 'idle'
      world.deps.inbox.take = async () => (isWord ? taken(word, 100) : taken('open', 100, word))
      await world.run()
      expect(world.trace.at(-1)).toBe('failed 1')
    },
  )
})

describe('what failed', () => {
  it('is tried again, counted, and dead at the last attempt, without holding up the next', async () => {
    const world = createDrainWorld('1', '2')
    world.handlers['1'] = throws(new TypeError('broken hunter2'))
    await world.run()
    const tries = world.trace.filter((word) => word === 'process 1')
    expect(tries).toHaveLength(MAX_ATTEMPTS)
    const end = ['fail 1 dead', 'dead 1 threw', 'failed 1', 'take', 'process 2', 'settle 2']
    expect(world.trace.slice(-6)).toEqual(end)
    expect(world.failures.map(({ breaker }) => breaker).join('')).toBe('')
    expect(world.failures[0]?.cause).toContain('broken [secret]')
    expect(world.count('update failed')).toBe(MAX_ATTEMPTS)
    expect(world.count('update dead-lettered')).toBe(1)
  })

  it('is dead at once where Telegram refuses it, and nobody asks whether Telegram answers', async () => {
    const world = createDrainWorld('1')
    world.handlers['1'] = throws(refused(400))
    await world.run()
    expect(world.trace).toEqual(['process 1', 'fail 1 dead', 'dead 1 refused', 'failed 1'])
  })

  it('is given up on as unreachable only where Telegram answers something else', async () => {
    for (const answers of [true, false]) {
      const world = createDrainWorld('1')
      world.attempt = MAX_ATTEMPTS
      world.handlers['1'] = throws(unreachable)
      world.deps.on.telegramAnswers = async () => answers
      world.deps.inbox.take = async () => taken('open', 0, 'telegram')
      await world.run()
      expect(world.failures).toMatchObject([
        { action: 'dead', outage: true, breaker: answers ? '' : 'telegram' },
      ])
      const end = answers ? ['dead 1 unreachable', 'failed 1'] : ['failed 1 telegram']
      expect(world.trace.slice(2)).toEqual(end)
    }
  })

  it('keeps its lease while Telegram is asked, which can take as long as a short lease', async () => {
    const world = createDrainWorld('1')
    world.attempt = MAX_ATTEMPTS
    world.handlers['1'] = throws(unreachable)
    world.deps.on.telegramAnswers = async () => {
      await systemClock.sleep(10_000)
      return false
    }
    world.deps.inbox.take = async () => taken('open', 0, 'telegram')
    await world.run()
    expect(world.trace.slice(1, 4)).toEqual(['renew at 5000', 'renew at 10000', 'fail 1 dead'])
  })

  it('is renewed no more once that is recorded, however long the healing takes', async () => {
    const world = createDrainWorld('1')
    world.handlers['1'] = throws(refused(400))
    world.deps.on.failed = () => systemClock.sleep(120_000)
    await world.run()
    expect(world.trace.filter((word) => word.startsWith('renew'))).toEqual([])
  })

  it('opens the breaker with a revoked token, and burns nothing', async () => {
    const world = createDrainWorld('1')
    world.handlers['1'] = throws(refused(401))
    world.deps.inbox.take = async () => taken('open', 0, 'token')
    await world.run()
    expect(world.failures).toMatchObject([{ action: 'wait', breaker: 'token', countsAsError: false }])
    expect(world.trace.slice(1, 3)).toEqual(['fail 1 wait', 'failed 1 token'])
  })

  it('is no error where the chat cannot be written to: marked, settled, and on', async () => {
    const world = createDrainWorld('1', '2')
    world.handlers['1'] = throws(refused(403))
    await world.run()
    expect(world.trace).toEqual(['process 1', 'blocked 1 42', 'settle 1', 'process 2', 'settle 2'])
  })

  it('by killing its workers is forgiven twice as often as a failure, and then not processed once more', async () => {
    const forgiven = createDrainWorld('1')
    forgiven.attempt = MAX_ATTEMPTS * 2
    await forgiven.run()
    expect(forgiven.trace).toEqual(['process 1', 'settle 1'])
    const world = createDrainWorld('1', '2')
    world.attempt = MAX_ATTEMPTS * 2 + 1
    await world.run()
    expect(world.trace.slice(0, 2)).toEqual(['fail 1 dead', 'dead 1 exhausted'])
    expect(world.trace).not.toContain('process 1')
    expect(world.trace.at(-1)).toBe('settle 2')
  })

  it('to be read is dead, whole, and crashes nobody', async () => {
    const world = createDrainWorld('1', '2')
    const inbox = { ...world.deps.inbox }
    world.deps.inbox.open = (head) => (head.endsWith(' 1') ? null : inbox.open(head))
    await world.run()
    expect(world.trace.slice(0, 2)).toEqual(['fail 1 dead', 'dead unknown exhausted'])
    expect(world.failures[0]?.cause).toContain('unknown envelope version')
    expect(world.trace.at(-1)).toBe('settle 2')
  })

  it('because of its age is told by the store, not by the clock of this instance', async () => {
    const world = createDrainWorld('1')
    const inbox = { ...world.deps.inbox }
    world.deps.inbox.open = (head) => {
      const envelope = inbox.open(head)
      return envelope && { ...envelope, acceptedAtMs: envelope.acceptedAtMs - 24 * 3600_000 }
    }
    world.handlers['1'] = throws(refused(429, 5))
    await world.run()
    expect(world.trace.slice(1, 3)).toEqual(['fail 1 dead', 'dead 1 limited'])
  })
})

describe('a store that is away', () => {
  it.each(['settle', 'fail', 'take'] as const)('in %s leaves the mailbox as it is', async (operation) => {
    const world = createDrainWorld('1', '2')
    if (operation !== 'settle') world.handlers['1'] = throws(refused(400))
    world.deps.inbox[operation] = throws(new StoreError('timeout'))
    await world.run()
    expect(world.trace).not.toContain('process 2')
    expect(world.lines.at(-1)).toMatchObject({ event: 'drain stopped', error: { code: 'timeout' } })
  })

  it('in a renewal alone changes nothing for a handler that sends nothing', async () => {
    const world = createDrainWorld('1')
    world.deps.inbox.renew = throws(new StoreError('timeout'))
    world.handlers['1'] = works(20_000)
    await elapse(world.run())
    expect(world.trace).toEqual(['process 1', 'settle 1'])
  })
})

describe('the observer', () => {
  const told = ({ events }: { events: readonly { event: string }[] }) => events.map(({ event }) => event)

  it('hears of each head that it was taken, decided on and settled', async () => {
    const world = createDrainWorld('1', '2')
    world.handlers['1'] = works(3000)
    await world.run()
    expect(told(world)).toEqual(['taken', 'decided', 'settled', 'taken', 'decided', 'settled'])
    const own = { updateId: '1', chatKey: '42' }
    expect(world.events.slice(0, 3)).toEqual([
      { event: 'taken', ...own, attempt: 1 },
      { event: 'decided', ...own, next: 'settle', failureClass: null, error: null, durationMs: 3000 },
      { event: 'settled', ...own, durationMs: 0 },
    ])
  })

  it('hears of a failure with its error and what follows', async () => {
    const world = createDrainWorld('1')
    const error = refused(429, 3)
    world.handlers['1'] = throws(error)
    world.deps.inbox.take = async () => taken('busy')
    await world.run()
    expect(world.events.slice(1)).toMatchObject([
      { event: 'decided', next: 'wait', failureClass: 'limited', error },
      { event: 'failed', how: 'parked', waitMs: 3000 },
    ])
  })

  it('hears where a lost lease was found out', async () => {
    const world = createDrainWorld('1')
    world.deps.inbox.settle = async () => ({ word: 'lost' })
    await world.run()
    expect(world.events.at(-1)).toMatchObject({ event: 'lost', at: 'settle', updateId: '1' })
    const slow = createDrainWorld('1')
    slow.deps.inbox.renew = async () => 'lost'
    slow.handlers['1'] = works(6000)
    await slow.run()
    expect(slow.events.slice(1)).toMatchObject([
      { event: 'lost', at: 'renew' },
      { event: 'decided', next: 'stop', failureClass: 'lost' },
    ])
  })

  it('hears that the store failed', async () => {
    const world = createDrainWorld('1')
    const error = new StoreError('timeout')
    world.deps.inbox.settle = throws(error)
    await world.run()
    expect(world.events.at(-1)).toEqual({ event: 'stopped', chatKey: '42', error })
  })
})
