import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { open, seal } from '../../lib/account/seal.ts'

const [one, two] = [randomBytes(32), randomBytes(32)]
const NAME = 'account:admin:session'
const content = { key: 'the key of a session', number: 7 }

describe('a sealed text', () => {
  it('opens with its key under its name', () => {
    expect(open([one], NAME, seal([one], NAME, content))).toEqual({ content, isOld: false })
  })

  it('shows nothing of what is in it, and is another one each time', () => {
    const texts = [seal([one], NAME, content), seal([one], NAME, content)]
    expect(texts[0]).not.toBe(texts[1])
    for (const text of texts)
      expect(Buffer.from(text.split('.').at(-1) ?? '', 'base64url').toString('latin1')).not.toContain(
        'session',
      )
  })

  it('of another operator or another record does not open', () => {
    const text = seal([one], NAME, content)
    expect(open([one], 'account:901:session', text)).toBeNull()
    expect(open([one], 'account:admin:login', text)).toBeNull()
  })

  it('opens with the previous key and says so; the new one seals', () => {
    const old = seal([one], NAME, content)
    expect(open([two, one], NAME, old)).toEqual({ content, isOld: true })
    expect(open([two], NAME, old)).toBeNull()
    expect(open([two], NAME, seal([two, one], NAME, content))).toEqual({ content, isOld: false })
  })

  it('does not open cut at any place', () => {
    const text = seal([one], NAME, content)
    for (let length = 0; length < text.length; length++)
      expect(open([one], NAME, text.slice(0, length))).toBeNull()
  })

  it('does not open with any character changed', () => {
    const text = seal([one], NAME, content)
    // The last character of base64 has bits that mean nothing.
    for (let at = 0; at < text.length - 1; at++) {
      const other = text[at] === 'A' ? 'B' : 'A'
      const changed = text.slice(0, at) + other + text.slice(at + 1)
      const opened = open([one], NAME, changed)
      if (Buffer.from(changed, 'base64url').equals(Buffer.from(text, 'base64url'))) continue
      expect(opened, String(at)).toBeNull()
    }
  })

  it('of today opens tomorrow: the format is fixed', () => {
    const key = Buffer.alloc(32, 7)
    const text = 'v1.kFRdjtTe.43ov3LFTgYXaz2Ow.dRJchRUIxHj00cZv02ULoco_aWF9AyxXfKmrmjFqtpc7-wjO0jNDN-h3VsfFcg'
    expect(open([key], NAME, text)).toEqual({ content: { kind: 'revoked', sinceMs: 1 }, isOld: false })
  })

  it.each(['', 'v1', 'v1...', 'v2.aaaaaaaa.aaaaaaaaaaaaaaaa.aaaa', '{"kind":"connected"}', '\u0000'])(
    'is not %j',
    (text) => {
      expect(open([one], NAME, text)).toBeNull()
    },
  )
})
