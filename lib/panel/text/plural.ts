/** Plural forms. */

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

/** @param forms with `#` where the number goes: plural('en', { one: '# update', other: '# updates' }) */
export function plural(language: string, forms: Forms): (count: number) => string {
  const rules = new Intl.PluralRules(language)
  const numbers = new Intl.NumberFormat(language)
  return (count) => (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count))
}
