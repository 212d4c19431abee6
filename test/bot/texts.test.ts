import { describe, expect, it } from 'vitest'
import { LANGUAGES, namedLanguage, texts } from '../../lib/bot/texts/index.ts'
import type { Texts } from '../../lib/bot/texts/types.ts'

function sentences(language: Texts): string[] {
  const { commands, start, ...plain } = language
  return [...Object.values(plain), ...Object.values(commands), start(null), start('Anna')]
}

it.each([
  ['fr', 'fr'],
  ['FR', 'fr'],
  ['Français', 'fr'],
  ['русский', 'ru'],
  ['ENGLISH', 'en'],
  ['de', null],
  ['', null],
])('namedLanguage(%j) is %j', (name, expected) => {
  expect(namedLanguage(name)).toBe(expected)
})

describe.each(LANGUAGES)('the sentences in %s', (language) => {
  it('are all there, tidy, and fit a message', () => {
    for (const sentence of sentences(texts[language])) {
      expect(sentence).toBe(sentence.trim())
      expect(sentence).not.toMatch(/undefined|null|\[object| {2}/)
      expect(sentence.length).toBeGreaterThan(1)
      expect(sentence.length).toBeLessThanOrEqual(1000)
    }
  })

  it('fit a notification where they are shown as one', () => {
    const { tooFast, notYourButton, languageSet, deleteDone, deleteKept } = texts[language]
    for (const sentence of [tooFast, notYourButton, languageSet, deleteDone, deleteKept]) {
      expect(sentence.length).toBeLessThanOrEqual(200)
    }
  })

  it('differ from those of the other languages', () => {
    const others = LANGUAGES.filter((other) => other !== language).flatMap((other) => sentences(texts[other]))
    for (const sentence of sentences(texts[language])) expect(others).not.toContain(sentence)
  })

  it('say one sentence to the sender of an update that was given up on', () => {
    expect(texts[language].givenUp.match(/[.!?]/g)).toHaveLength(1)
  })

  it('tell how long update ids are kept and how to erase the rest', () => {
    expect(texts[language].privacy).toContain('48')
    expect(texts[language].privacy).toContain('/deletemydata')
  })
})

it('are in Cyrillic letters in Russian', () => {
  for (const sentence of sentences(texts.ru)) expect(sentence).toMatch(/[а-яё]/i)
})
