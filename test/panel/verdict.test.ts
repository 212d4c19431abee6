import { describe, expect, it } from 'vitest'
import { judge } from '../../lib/state/report.ts'
import { verdictOf } from '../../lib/panel/state/verdict.ts'
import { en } from '../../lib/panel/text/en.ts'
import { formatOf } from '../../lib/panel/text/format.ts'
import { fr } from '../../lib/panel/text/fr.ts'
import { ru } from '../../lib/panel/text/ru.ts'
import { status } from './known.ts'

const SPEECH = {
  en: { text: en, format: formatOf('en') },
  ru: { text: ru, format: formatOf('ru') },
  fr: { text: fr, format: formatOf('fr') },
}
const LANGUAGES = Object.keys(SPEECH) as (keyof typeof SPEECH)[]

/** Every reason that the report's source can give. */
const REASONS = [
  ...Array.from(judge.toString().matchAll(/find\(\s*["'](\w+)["']/g), ([, reason]) => reason ?? ''),
  'store_unreachable',
  'configuration_faulty',
]

describe('the verdict', () => {
  it('knows every reason that there is', () => {
    expect(REASONS.length).toBeGreaterThanOrEqual(13)
  })

  it.each(LANGUAGES)('has a sentence of its own for each reason in %s', (language) => {
    const sentences = REASONS.map((reason) => {
      const report = { ...status([]), status: 'unhealthy' as const, reasons: [reason] }
      const { tone, what } = verdictOf(report, null, 0, SPEECH[language])
      expect(tone).toBe('bad')
      expect(what).toMatch(/\p{L}.*\.$/u)
      expect(what).not.toContain(reason)
      return what
    })
    // The two ages differ in how bad they are, not in what they are.
    expect(new Set(sentences).size).toBe(REASONS.length - 1)
  })

  it.each(LANGUAGES)('names the faulty variables, and what else is wrong, in %s', (language) => {
    const report = {
      ...status([]),
      status: 'unhealthy' as const,
      reasons: ['configuration_faulty', 'processing_paused'],
      faulty_variables: ['ADMIN_TOKEN', 'UPSTASH_REDIS_REST_URL'],
    }
    const { remedy, also } = verdictOf(report, null, 0, SPEECH[language])
    expect(remedy).toContain('ADMIN_TOKEN, UPSTASH_REDIS_REST_URL')
    expect(also).toHaveLength(1)
  })

  it('is not that all is well where not all could be asked', () => {
    const failure = { status: 500, code: 'internal_error', message: '', retryAfterS: null }
    const report = { ...status([]), detail: null }
    expect(verdictOf(report, null, 0, SPEECH.en)).toMatchObject({ tone: 'good', also: [] })
    const verdict = verdictOf(report, failure, 0, SPEECH.en)
    expect(verdict).toMatchObject({ tone: 'warn', also: [expect.stringMatching(/^“Overview” failed: /)] })
    const bad = { ...report, status: 'unhealthy' as const, reasons: ['bot_failed'] }
    expect(verdictOf(bad, failure, 0, SPEECH.en)).toMatchObject({ tone: 'bad', also: [verdict.also[0]] })
  })

  it('passes on a reason that it does not know', () => {
    const report = { ...status([]), status: 'degraded' as const, reasons: ['moon_too_near'] }
    expect(verdictOf(report, null, 0, SPEECH.en)).toMatchObject({
      tone: 'warn',
      what: 'Something is wrong: moon_too_near.',
    })
  })

  it('is good where nothing is wrong, and quiet before anything is known', () => {
    expect(verdictOf(status([]), null, 0, SPEECH.en).tone).toBe('good')
    expect(verdictOf(status([]), null, 2, SPEECH.en).remedy).toBe('2 updates pending.')
    const inbox = { pending: 0, oldest_pending_s: 0, last_accepted_at: null, last_settled_at: null }
    const dead = { ...status([]), inbox: { ...inbox, last_sweep_at: null, dead_letters: 1 } }
    expect(verdictOf(dead, null, 0, SPEECH.ru)).toMatchObject({
      tone: 'good',
      what: 'Бот работает.',
      remedy: '1 мёртвое письмо: повторить или удалить.',
    })
    expect(verdictOf(null, null, 0, SPEECH.en).tone).toBe('quiet')
    const failure = { status: 0, code: 'unreachable', message: '', retryAfterS: null }
    expect(verdictOf(null, failure, 0, SPEECH.en).what).toBe('This deployment does not answer.')
  })
})
