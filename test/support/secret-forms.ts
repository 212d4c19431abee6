/** A secret in all forms in which it could leak. */

/** The longest part of a secret's base64 that does not depend on the neighbouring bytes, at each alignment. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    const first = shift === 0 ? 0 : shift + 1
    const whole = Math.floor(((shift + bytes.length) * 8) / 6)
    const inner = text.slice(first, whole)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** Raw, percent-encoded in part or in whole, as hex, and as base64 at three alignments. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const hex = bytes.toString('hex')
  const forms = [secret, encodeURIComponent(secret), percent, percent.toUpperCase(), hex, hex.toUpperCase()]
  return [...new Set([...forms, ...base64Forms(bytes)])]
}

/** The names of the secrets that a text contains in any form. */
export function secretsFound(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    formsOf(secret).some((form) => text.includes(form)) ? [name] : [],
  )
}
