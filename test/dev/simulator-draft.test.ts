/** What becomes of a half-written message of the simulator's page. */
import { describe, expect, it } from 'vitest'
import {
  afterSending,
  answerTo,
  broughtBack,
  edit,
  EMPTY,
  neverMind,
  withoutEdit,
  type Draft,
} from '../../lib/dev/page/draft.ts'
import type { Message } from '../../lib/dev/simulator/wire.ts'

const message = (id: number, text: string) => ({ message_id: id, text }) as unknown as Message
const first = message(1, 'first')
const second = message(2, 'second')
const half: Draft = { text: 'half', replyTo: first }

describe('an edit', () => {
  it('puts what was half-written aside, also when it gives way to another edit', () => {
    const one = edit(half, first)
    expect(one).toEqual({ text: 'first', editing: first, aside: half })
    const other = edit({ ...one, text: 'first, changed' }, second)
    expect(other).toEqual({ text: 'second', editing: second, aside: half })
    for (const end of [neverMind, afterSending, withoutEdit]) expect(end(other)).toEqual(half)
  })

  it('ends where one begins to answer a message', () => {
    expect(answerTo(edit(half, first), second)).toEqual({ text: 'half', replyTo: second })
  })
})

it('an answer that is not minded leaves its text', () => {
  expect(neverMind(half)).toEqual({ text: 'half' })
  expect(withoutEdit(half)).toBe(half)
  expect(afterSending(half)).toBe(EMPTY)
})

describe('what could not be sent', () => {
  it('is back whole in an empty box', () => {
    expect(broughtBack(EMPTY, EMPTY, half)).toEqual(half)
    expect(broughtBack({ text: '' }, EMPTY, half)).toEqual(half)
  })

  it('is an edit again, with what was half-written aside', () => {
    const sent = { ...edit(half, second), text: 'changed' }
    expect(broughtBack(half, half, sent)).toEqual(sent)
    const now: Draft = { text: '' }
    expect(broughtBack(now, half, sent)).toEqual({ ...sent, aside: now })
  })

  it('takes the place of nothing that was written or begun meanwhile', () => {
    const typed: Draft = { text: 'typed meanwhile' }
    expect(broughtBack(typed, EMPTY, half)).toBe(typed)
    expect(broughtBack(typed, half, edit(half, second))).toBe(typed)
    const emptied = { ...edit(EMPTY, second), text: '' }
    expect(broughtBack(emptied, EMPTY, half)).toBe(emptied)
    expect(broughtBack({ text: '', replyTo: second }, EMPTY, half)).toEqual({ text: 'half', replyTo: second })
  })
})
