/** The choice of the language in which the bot speaks to a person. */

/**
 * The person's setting, else Telegram's `language_code`, else the first language.
 *
 * Only the first subtag of the code counts: clients send IETF tags ('en-GB', 'fr-CA'), some with an underscore.
 * A stored setting that is no language of this bot any more is ignored.
 * @param languages codes of the bot's languages; the first is the default
 */
export function pickLanguage(
  languages: readonly string[],
  setting: string | null,
  languageCode: string | undefined,
): string {
  if (setting !== null && languages.includes(setting)) return setting
  const primary = languageCode?.split(/[-_]/, 1)[0]?.toLowerCase() ?? ''
  return languages.includes(primary) ? primary : (languages[0] ?? '')
}
