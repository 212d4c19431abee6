import { describe, expect, it } from 'vitest'
import { StoreError } from '../lib/errors.ts'
import { createLogger, createRedactor, describeError } from '../lib/log.ts'

const SECRET = 'S3cr3t/+value:"quoted"'
const redact = createRedactor([SECRET])

function logged(fields: Record<string, unknown>): string {
  const lines: string[] = []
  createLogger({ level: 'info', redact: createRedactor([SECRET]), write: (line) => lines.push(line) }).info(
    'event',
    fields,
  )
  expect(lines).toHaveLength(1)
  return lines[0] ?? ''
}

describe('logs', () => {
  it('writes one JSON object a line, whatever the text holds', () => {
    const line = logged({ text: 'a\nb\r\u2028c\u001b[31m' })
    for (const raw of ['\n', '\r', '\u001b']) expect(line).not.toContain(raw)
    expect(JSON.parse(line)).toMatchObject({ level: 'info', event: 'event', text: 'a\nb\r\u2028c\u001b[31m' })
  })

  it('leaves out what is under the level', () => {
    const lines: string[] = []
    const log = createLogger({ level: 'warn', redact: (line) => line, write: (line) => lines.push(line) })
    log.info('no')
    log.warn('yes')
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['yes'])
  })

  it('takes a secret out of message, stack, cause and nested fields', () => {
    const cause = new Error(`inner ${SECRET}`)
    const error = new Error(`outer ${SECRET}`, { cause })
    const line = logged({ error, deep: { list: [{ url: `https://x/${encodeURIComponent(SECRET)}` }] } })
    expect(line).not.toContain('S3cr3t')
    expect(line).toContain('[secret]')
  })

  it.each([0, 1, 2, 3, 4, 5])('takes a secret out of base64 at offset %i, in hex and base64url', (shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift, 'x'), Buffer.from(SECRET), Buffer.from('tail')])
    const redact = createRedactor([SECRET])
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      expect(redact(bytes.toString(encoding))).toContain('[secret]')
    }
  })

  const bytes = [...Buffer.from(SECRET)]
  const hex = (byte: number) => byte.toString(16).padStart(2, '0')
  it.each([
    ['upper-case hex', bytes.map((byte) => hex(byte).toUpperCase()).join('')],
    ['percent-encoding of each byte', bytes.map((byte) => `%${hex(byte).toUpperCase()}`).join('')],
    ['lower-case percent-encoding of each byte', bytes.map((byte) => `%${hex(byte)}`).join('')],
    [
      'lower-case percent-encoding as in URLs',
      encodeURIComponent(SECRET).replaceAll(/%../g, (each) => each.toLowerCase()),
    ],
  ])('takes a secret out of %s', (_form, text) => {
    expect(redact(`before ${text} after`)).toBe('before [secret] after')
  })

  it('leaves no part of a secret that stands where a message is cut', () => {
    for (const before of [480, 490, 499]) {
      const line = logged({ error: new Error(`${'x'.repeat(before)}${SECRET}`) })
      expect(line).not.toContain('S3')
      expect(line).not.toContain('xS')
    }
  })

  it('leaves other text alone', () => {
    expect(createRedactor([SECRET, ''])('nothing to hide')).toBe('nothing to hide')
  })

  it('names a store error by its code and a thrown non-error by its type', () => {
    expect(describeError(new StoreError('timeout'), redact)).toEqual({
      name: 'StoreError',
      code: 'timeout',
      message: 'The store failed: timeout',
    })
    expect(describeError(SECRET, redact)).toEqual({
      name: 'string',
      message: 'a value that is no Error was thrown',
    })
  })

  it('has nothing of what could not be parsed, nor of a message in its stack', () => {
    const parse = () => JSON.parse('somebody\nwrote') as unknown
    const line = logged({ error: thrownBy(parse) })
    expect(line).toMatch(/SyntaxError.*log\.test\.ts/)
    expect(line).not.toMatch(/somebo|wrote/)
    expect(describeError(new Error('one\n    at two'), redact)['stack']).not.toContain('at two')
  })
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
    return null
  } catch (error) {
    return error
  }
}
