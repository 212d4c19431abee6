import { describe, expect, it } from 'vitest'
import { en } from '../../lib/panel/text/en.ts'
import { formatOf } from '../../lib/panel/text/format.ts'
import { fr } from '../../lib/panel/text/fr.ts'
import { ru } from '../../lib/panel/text/ru.ts'
import { failureText } from '../../lib/panel/state/failure-text.ts'

const plain = (text: string) => text.replaceAll(/\s/g, ' ')

describe('counted things', () => {
  it.each([
    [0, '0 dead letters', '0 мёртвых писем', '0 lettre morte'],
    [1, '1 dead letter', '1 мёртвое письмо', '1 lettre morte'],
    [2, '2 dead letters', '2 мёртвых письма', '2 lettres mortes'],
    [5, '5 dead letters', '5 мёртвых писем', '5 lettres mortes'],
    [11, '11 dead letters', '11 мёртвых писем', '11 lettres mortes'],
    [21, '21 dead letters', '21 мёртвое письмо', '21 lettres mortes'],
    [1000, '1,000 dead letters', '1 000 мёртвых писем', '1 000 lettres mortes'],
  ])('%i', (count, ...expected) => {
    expect([en, ru, fr].map((text) => plain(text.dead.total(count)))).toEqual(expected)
  })
})

/** Sentences around a number, which agree with it. */
describe('what is said of counted things', () => {
  const said = (text: typeof en, n: number) =>
    [text.flow.dropped(n), text.dead.dropped(n), text.actions.swept(n), text.actions.noneDue(n)].map(plain)

  it.each([
    [
      1,
      ['1 dropped', '1 update dropped: the list was full.', 'Swept: 1 mailbox taken.'],
      ['утрачено: 1', 'Список был полон, утрачено: 1 обновление.', 'Обход сделан, взято: 1 ящик.'],
      ['1 perdue', '1 mise à jour perdue : la liste était pleine.', 'Balayage fait : 1 boîte prise.'],
    ],
    [
      2,
      ['2 dropped', '2 updates dropped: the list was full.', 'Swept: 2 mailboxes taken.'],
      ['утрачено: 2', 'Список был полон, утрачено: 2 обновления.', 'Обход сделан, взято: 2 ящика.'],
      ['2 perdues', '2 mises à jour perdues : la liste était pleine.', 'Balayage fait : 2 boîtes prises.'],
    ],
    [
      5,
      ['5 dropped', '5 updates dropped: the list was full.', 'Swept: 5 mailboxes taken.'],
      ['утрачено: 5', 'Список был полон, утрачено: 5 обновлений.', 'Обход сделан, взято: 5 ящиков.'],
      ['5 perdues', '5 mises à jour perdues : la liste était pleine.', 'Balayage fait : 5 boîtes prises.'],
    ],
  ])('%i', (n, ...expected) => {
    expect([en, ru, fr].map((text) => said(text, n).slice(0, 3))).toEqual(expected)
  })

  it('counts the mailboxes that are not due', () => {
    expect([1, 21].map((n) => said(en, n)[3])).toEqual([
      'No mailbox is due. Being processed or waiting for a retry: 1 mailbox.',
      'No mailbox is due. Being processed or waiting for a retry: 21 mailboxes.',
    ])
    expect(said(ru, 21)[3]).toBe('Ящиков без исполнителя нет. В работе или ждут повтора: 21 ящик.')
    expect(said(fr, 1)[3]).toBe('Aucune boîte à prendre. En traitement ou en attente d’un essai : 1 boîte.')
  })
})

describe('texts', () => {
  it('are all said, and none is left in another language', () => {
    const english = sentencesOf(en)
    for (const text of [ru, fr]) {
      const sentences = sentencesOf(text)
      for (const [path, sentence] of sentences) {
        expect(sentence, path).not.toBe('')
        if (sentence.includes(' ')) {
          expect(sentence, path).not.toBe(english.get(path))
        }
      }
    }
  })
})

/** Every text by its path, those of functions called with plausible arguments. */
function sentencesOf(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'string') found.set(path, value)
  else if (typeof value === 'function' && !path.startsWith('.verdict')) {
    found.set(path, String((value as (...args: unknown[]) => unknown)(7, 7, 7)))
  } else if (value !== null && typeof value === 'object' && path !== '.setup.remedies') {
    for (const [key, inner] of Object.entries(value)) sentencesOf(inner, `${path}.${key}`, found)
  }
  return found
}

describe('format', () => {
  const { seconds, bytes, ms, ago } = formatOf('en')

  it('writes durations with two units at most', () => {
    expect([0, 4, 90, 3600, 90_061].map(seconds)).toEqual([
      '0 sec',
      '4 sec',
      '1 min 30 sec',
      '1 hr',
      '1 day 1 hr',
    ])
    expect([null, 3.4, 999, 2310].map(ms)).toEqual(['–', '3 ms', '999 ms', '2.3 sec'])
  })

  it('writes sizes and distances in time', () => {
    expect([0, 512, 2048, 18_234_567].map(bytes)).toEqual(['0 bytes', '512 bytes', '2 kB', '17.4 MB'])
    const now = Date.parse('2026-11-20T12:00:00Z')
    expect(ago('2026-11-20T11:58:00Z', now)).toBe('2 minutes ago')
    expect(ago('2026-11-20T12:00:05Z', now)).toBe('in 5 seconds')
  })
})

describe('failures', () => {
  const failure = { status: 503, code: 'store_unavailable', message: 'The store …', retryAfterS: 5 }

  it('are told in the language where they are known, else as the server says', () => {
    expect(failureText(failure, fr)).toBe('la base est injoignable.')
    expect(failureText({ ...failure, code: 'toString' }, fr)).toBe('The store …')
    expect(failureText({ ...failure, code: 'odd', message: '' }, fr)).toBe('503 odd')
  })
})
