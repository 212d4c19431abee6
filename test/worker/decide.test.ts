import { describe, expect, it } from 'vitest'
import { AGE_CAP_MS, classify, decide, POLICY, type FailureClass } from '../../lib/worker/decide.ts'
import {
  BotNotReady,
  ConfigError,
  HttpError,
  LeaseLost,
  StoreError,
  TelegramRefused,
  TelegramUnreachable,
} from '../../lib/errors.ts'

const refused = (code: number, retryAfterSeconds: number | null = null) =>
  new TelegramRefused('sendMessage', code, 'no', { retryAfterSeconds })

/** What happened, one example a class. */
const EXAMPLES: Record<FailureClass, unknown> = {
  threw: new TypeError('x is not a function'),
  unreachable: new TelegramUnreachable('sendMessage', 'timeout'),
  limited: refused(429, 3),
  refused: refused(400),
  blocked: refused(403),
  revoked: refused(401),
  exhausted: new Error('its worker never came to an end'),
  held: new BotNotReady(),
  lost: new LeaseLost(),
}

const CLASSES = Object.keys(POLICY) as FailureClass[]
const SECRET = 'a-token-of-the-bot-0123456789'
const redact = (text: string) => text.replaceAll(SECRET, '[secret]')

function failureOf(failureClass: FailureClass, given: Partial<Parameters<typeof decide>[2]> = {}) {
  const circumstances = { attempt: 1, maxAttempts: 5, ageMs: 0, random: () => 0.5, redact, ...given }
  const decision = decide(failureClass, EXAMPLES[failureClass], circumstances)
  if (decision.next !== 'fail') throw new Error(`${failureClass} is no failure of the head: ${decision.next}`)
  return decision.failure
}

describe('classify', () => {
  it.each([
    [new LeaseLost(), 'lost'],
    [new BotNotReady(), 'held'],
    [new TelegramUnreachable('getMe', 'status_502'), 'unreachable'],
    [refused(400), 'refused'],
    [refused(401), 'revoked'],
    [refused(403), 'blocked'],
    [refused(409), 'refused'],
    [refused(413), 'refused'],
    [refused(429), 'limited'],
    [refused(0), 'refused'],
    [new StoreError('timeout'), 'threw'],
    [new ConfigError([]), 'threw'],
    [new HttpError(500, 'x', 'y'), 'threw'],
    [new DOMException('x', 'TimeoutError'), 'threw'],
    [{ code: 403 }, 'threw'],
    ['a word', 'threw'],
    [undefined, 'threw'],
    [null, 'threw'],
  ])('%s is %s', (error, expected) => {
    expect(classify(error, '42')).toBe(expected)
  })

  it.each([
    ['42', 'blocked'],
    ['-100', 'threw'],
    ['@somebody', 'threw'],
    [null, 'blocked'],
  ])('a refusal to write to chat %s, for an update of chat 42, is %s', (chatId, expected) => {
    const error = refused(403)
    error.chatId = chatId
    expect(classify(error, '42')).toBe(expected)
  })

  it.each([
    ['Bad Request: not enough rights to send text messages to the chat', 'blocked'],
    ['Bad Request: wrong file_id or the file is temporarily unavailable', 'unreachable'],
    ['Logged out', 'revoked'],
    ["Bad Request: can't parse entities: x", 'refused'],
  ])('a 400 "%s" is %s', (description, expected) => {
    expect(classify(new TelegramRefused('sendMessage', 400, description), '42')).toBe(expected)
  })

  it('finds the class of every example but the one that has no error of its own', () => {
    for (const name of CLASSES)
      if (name !== 'exhausted') expect([name, classify(EXAMPLES[name], '42')]).toEqual([name, name])
  })
})

/** What follows: young with attempts left · at the last attempt · past it · older than the cap. */
const TABLE: Record<FailureClass, [string, string, string, string]> = {
  threw: ['retry', 'dead', 'dead', 'dead'],
  unreachable: ['retry', 'dead', 'dead', 'retry'],
  limited: ['wait', 'wait', 'wait', 'dead'],
  refused: ['dead', 'dead', 'dead', 'dead'],
  blocked: ['settle', 'settle', 'settle', 'settle'],
  revoked: ['wait', 'wait', 'wait', 'wait'],
  exhausted: ['dead', 'dead', 'dead', 'dead'],
  held: ['wait', 'wait', 'wait', 'wait'],
  lost: ['stop', 'stop', 'stop', 'stop'],
}

describe('decide', () => {
  it.each(CLASSES)('%s: every attempt, age and luck', (name) => {
    const [young, last, past, old] = TABLE[name]
    const cases = [
      ...[1, 2, 3, 4].map((attempt) => ({ attempt, ageMs: 0, action: young })),
      { attempt: 1, ageMs: AGE_CAP_MS - 1, action: young },
      { attempt: 5, ageMs: 0, action: last },
      { attempt: 6, ageMs: 0, action: past },
      { attempt: 1, ageMs: AGE_CAP_MS, action: old },
      { attempt: 1, ageMs: AGE_CAP_MS * 10, action: old },
    ]
    for (const { attempt, ageMs, action } of cases) {
      for (const random of [() => 0, () => 0.5, () => 1 - 2 ** -32]) {
        const decision = decide(name, EXAMPLES[name], { attempt, maxAttempts: 5, ageMs, random, redact })
        const got = decision.next === 'fail' ? decision.failure.action : decision.next
        expect([name, attempt, ageMs, got]).toEqual([name, attempt, ageMs, action])
      }
    }
  })

  it('counts, blames and breaks by class alone', () => {
    const rows = CLASSES.filter((name) => !['settle', 'stop'].includes(POLICY[name].next)).map((name) => {
      const { countsAsError, outage, limited, breaker } = failureOf(name, { attempt: 3 })
      return [name, countsAsError, outage, limited, breaker]
    })
    expect(rows).toEqual([
      ['threw', true, false, false, ''],
      ['unreachable', true, true, false, ''],
      ['limited', false, false, true, ''],
      ['refused', true, false, false, ''],
      ['revoked', false, true, false, 'token'],
      ['exhausted', true, false, false, ''],
      ['held', false, true, false, ''],
    ])
  })

  it('waits 1, 3, 9, 27, then 60 s, give or take a quarter', () => {
    const delays = (random: number) =>
      [1, 2, 3, 4, 5, 50].map(
        (attempt) => failureOf('threw', { attempt, maxAttempts: 99, random: () => random }).delayMs,
      )
    expect(delays(0.5)).toEqual([1000, 3000, 9000, 27_000, 60_000, 60_000])
    expect(delays(0)).toEqual([750, 2250, 6750, 20_250, 45_000, 45_000])
    expect(delays(1)).toEqual([1250, 3750, 11_250, 33_750, 75_000, 75_000])
    const drawn = decide('threw', new Error('x'), { attempt: 1, maxAttempts: 5, ageMs: 0, redact })
    expect(drawn.next === 'fail' && drawn.failure.delayMs).toBeGreaterThanOrEqual(750)
  })

  it.each([
    ['what Telegram asks for', 7, 0, 7000],
    ['nothing, when it asks for nothing', 0, 0, 0],
    ['3 s when it names no time', null, 0, 3000],
    ['an hour, when asked, as an hour', 3600, 0, 3_600_000],
    ['no longer than until the age cap', 86_400, AGE_CAP_MS - 60_000, 60_000],
    ['a second at least before the age cap', 86_400, AGE_CAP_MS - 1, 1000],
  ])('a 429 waits %s', (_name, asked, ageMs, delayMs) => {
    const decision = decide('limited', refused(429, asked), { attempt: 9, maxAttempts: 5, ageMs, redact })
    expect(decision).toMatchObject({ next: 'fail', failure: { action: 'wait', delayMs } })
  })

  it('keeps class, name, code and message of a cause: one line, no stack, no cause of the cause', () => {
    const error = new TypeError('two\nlines', { cause: new Error('inner') })
    const decision = decide('threw', error, { attempt: 1, maxAttempts: 5, ageMs: 0, redact })
    const cause = decision.next === 'fail' ? decision.failure.cause : ''
    expect(cause).not.toContain('\n')
    expect(JSON.parse(cause)).toEqual({ class: 'threw', name: 'TypeError', message: 'two\nlines' })
    expect(JSON.parse(failureOf('refused').cause)).toMatchObject({ class: 'refused', code: 400 })
  })

  it('takes what is thrown for what it is, also where it is no error', () => {
    for (const thrown of [undefined, null, 'text of a user', 7, { message: 'text of a user' }]) {
      const decision = decide('threw', thrown, { attempt: 1, maxAttempts: 5, ageMs: 0, redact })
      expect(JSON.stringify(decision)).not.toContain('text of a user')
      expect(decision).toMatchObject({ next: 'fail', failure: { action: 'retry' } })
    }
  })
})

it('keeps no part of a secret that stands where the cause is cut', () => {
  const error = new Error(`${'x'.repeat(490)}${SECRET}`)
  const decision = decide('threw', error, { attempt: 1, maxAttempts: 5, ageMs: 0, redact })
  expect(decision).toMatchObject({ failure: { cause: expect.stringContaining('xxx[secret]') as string } })
})
