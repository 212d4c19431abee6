/** Names of scripts, and the words of their replies. */
import { describe, expect, it } from 'vitest'
import { StoreError } from '../lib/errors.ts'
import { defineScript, replyOf, tagOf } from '../lib/script.ts'

describe('defineScript()', () => {
  it('writes the name into the first line of the text', () => {
    const script = defineScript('take', 'return {1}')
    expect(script).toEqual({ name: 'take', text: '-- evergram take\nreturn {1}' })
  })
})

describe('tagOf()', () => {
  it('returns the first word of a reply', () => {
    expect(tagOf(['lost', 'x'], ['settled', 'lost'])).toBe('lost')
  })

  it.each([[['Lost']], [['']], [[]], [['x', 'lost']]])(
    'throws for %j, which the script cannot say',
    (reply) => {
      expect(() => tagOf(reply, ['settled', 'lost'])).toThrow(StoreError)
    },
  )
})

describe('replyOf()', () => {
  const NAMES = ['word', 'fence', 'attempt'] as const

  it('returns the words by name, in the order of the names', () => {
    expect(replyOf(['leased', '', '0'], NAMES)).toEqual({ word: 'leased', fence: '', attempt: '0' })
  })

  it.each([[[]], [['leased', '7']], [['leased', '7', '1', 'more']]])(
    'throws for %j: another length',
    (reply) => {
      expect(() => replyOf(reply, NAMES)).toThrow(expect.objectContaining({ code: 'unexpected_reply' }))
    },
  )
})
