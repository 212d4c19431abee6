/** Compares secrets as HMACs under a fresh key: equal lengths, so the duration does not depend on the content. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** True when both are the same text. Constant time. An empty secret matches nothing. */
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
