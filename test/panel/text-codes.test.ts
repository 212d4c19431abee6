/** Every code that the server can send has words in every language of the panel. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { BREAKERS, OUTCOMES, PROOF_ERRORS, REMEDY_CODES } from '../../lib/contract.ts'
import { AUDITED_ACTIONS } from '../../lib/operator/audit.ts'
import { en } from '../../lib/panel/text/en.ts'
import { fr } from '../../lib/panel/text/fr.ts'
import { ru } from '../../lib/panel/text/ru.ts'
import { actorOf, pick, resultOf, wordOf } from '../../lib/panel/text/word.ts'

const TEXTS = Object.entries({ en, ru, fr })

/** Beside the HttpErrors: what route.ts and restart.ts write by themselves. */
const OTHER_FAILURES = [
  'store_unavailable',
  'configuration_faulty',
  'internal_error',
  'token_revoked',
  'telegram_unreachable',
]
/** What the panel never causes: it asks with JSON, in the forms that the functions take. */
const NOT_THE_PANELS = [
  'bad_json',
  'bad_query',
  'bad_request',
  'body_too_large',
  'method_not_allowed',
  'not_found',
  'unsupported_encoding',
  'unsupported_media_type',
]

/** The codes of all HttpErrors in the functions' sources. */
function codesThrown(): string[] {
  const files = ['endpoints', 'auth', 'http'].flatMap((part) => {
    const folder = fileURLToPath(new URL(`../../lib/${part}`, import.meta.url))
    return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  })
  const found = files.flatMap((text) => [...text.matchAll(/new HttpError\(\s*\d+,\s*'(\w+)'/g)])
  return [...new Set(found.map(([, code = '']) => code))]
}

describe.each(TEXTS)('in %s', (language, text) => {
  /** @throws where a code has no words, or only those of another language */
  const expectWord = (code: string) => {
    const word = wordOf(code, text)
    expect(word, code).toMatch(/\p{L}/u)
    expect(word, code).not.toMatch(/[a-z]_[a-z]/)
    if (language === 'en') return
    expect(word, code).not.toBe(code)
    expect(word, code).not.toBe(wordOf(code, en))
  }

  it.each([...BREAKERS, ...PROOF_ERRORS, 'ok', 'incomplete', 'set', 'unset', 'default', 'none', 'preview'])(
    'says %s',
    expectWord,
  )

  it('says why a request failed', () => {
    const codes = codesThrown().filter((code) => !NOT_THE_PANELS.includes(code))
    expect(codes.length).toBeGreaterThan(8)
    for (const code of [...codes, ...OTHER_FAILURES]) {
      expectWord(code)
      expect(Object.keys(text.failures), code).toContain(code)
    }
  })

  it('says what helps', () => {
    // The server's own sentences are English.
    const { remedies } = text.setup
    if (language === 'en') return expect(remedies).toBeNull()
    expect(Object.keys(remedies ?? {})).toEqual(REMEDY_CODES)
    for (const sentence of Object.values(remedies ?? {})) expect(sentence).toMatch(/^[«\p{L}].+\.$/u)
  })

  it('says what was done, by whom, and what came of it', () => {
    for (const action of AUDITED_ACTIONS) expect(pick(text.audit.actions, action), action).toMatch(/\p{L}/u)
    const result = (action: string, result: string, count = 1) => resultOf({ action, result, count }, text)
    for (const outcome of OUTCOMES) {
      const words = ['pause', 'resume'].map((action) => result(action, outcome))
      expect(words.join()).not.toContain(outcome === 'ok' ? '_' : outcome)
      expect(new Set(words).size).toBe(outcome === 'unchanged' ? 2 : 1)
    }
    expect(result('replay', '3/4')).toBe('3/4')
    expect(result('sweep', '7')).toBe('7')
    expect(result('prove', '400 Bad Request: odd')).toBe('400 Bad Request: odd')
    expect(result('login_refused', 'wrong_token', 3)).toBe(`${text.failures.wrong_token} ×3`)
    expect(actorOf('telegram:77', text)).toBe('Telegram 77')
    expect(actorOf('admin token', text)).toBe(text.audit.token)
    expect(actorOf('unknown', text)).toBe(text.unknown)
  })
})

describe('a code', () => {
  it('that nobody knows stays as it is', () => {
    for (const code of ['toString', 'moon_too_near', 'https://bot.example.com']) {
      expect(wordOf(code, ru)).toBe(code)
    }
  })
})
