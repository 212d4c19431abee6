/** Who may do what. Secrets are compared as HMACs under a fresh key: equal lengths, no time to measure. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { HttpError } from '../errors.ts'

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

/**
 * Lets a request pass that carries one of the given tokens as its bearer.
 * @throws HttpError 401
 */
export function requireBearer(request: Request, ...tokens: readonly (string | null)[]): void {
  const given = bearerOf(request)
  // Every token is compared, so that the time does not tell which one was nearly right.
  const matches = tokens.map((token) => sameSecret(given, token))
  if (!matches.includes(true)) {
    throw new HttpError(
      401,
      'unauthorized',
      'A valid admin token is needed: Authorization: Bearer <ADMIN_TOKEN>',
      {
        'www-authenticate': 'Bearer',
      },
    )
  }
}
