import { describe, expect, it } from 'vitest'
import { pickLanguage } from '../../lib/kit/language.ts'

describe('pickLanguage', () => {
  it.each([
    ['ru', 'fr', 'ru'],
    ['fr', undefined, 'fr'],
    ['xx', 'ru', 'ru'],
    ['', 'fr', 'fr'],
    [null, 'en', 'en'],
    [null, 'en-GB', 'en'],
    [null, 'fr-CA', 'fr'],
    [null, 'FR_ca', 'fr'],
    [null, 'ru-RU', 'ru'],
    [null, 'pt-br', 'en'],
    [null, 'rus', 'en'],
    [null, 'constructor', 'en'],
    [null, '', 'en'],
    [null, undefined, 'en'],
  ])('setting %j and language_code %j give %s', (setting, code, expected) => {
    expect(pickLanguage(['en', 'ru', 'fr'], setting, code)).toBe(expected)
  })
})
