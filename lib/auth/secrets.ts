/** Who may do what. Secrets are compared as HMACs under a fresh key: equal lengths, no time to measure. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** True when both are the same text; takes as long whatever they are. An empty secret matches nothing. */
export function sameSecret(given: string | null, secret: string | null): boolean {
  const key = randomBytes(32)
  const digest = (text: string) => createHmac('sha256', key).update(text).digest()
  const same = timingSafeEqual(digest(given ?? ''), digest(secret ?? ''))
  return same && Boolean(given) && Boolean(secret)
}

/** The token of `Authorization: Bearer …`, or null. */
export function bearerOf(request: Request): string | null {
  return /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null
}
