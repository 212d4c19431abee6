/** Protection against cross-site requests: with a cookie, only pages of this deployment may change anything. */
import { HttpError } from '../errors.ts'

/**
 * Refuses a request from a page of another site. Browsers set `Origin` and `Sec-Fetch-Site`, so a page cannot forge
 * them.
 * @param isNeeded false: also accept a client that is no browser and sends neither header
 * @throws HttpError 403
 */
export function requireSameOrigin(request: Request, isNeeded: boolean): void {
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const isOwn = origin === new URL(request.url).origin && (site ?? 'same-origin') === 'same-origin'
  if (isOwn || (!isNeeded && origin === null && site === null)) return
  throw new HttpError(403, 'cross_origin', 'Only pages of this deployment may send this request')
}
