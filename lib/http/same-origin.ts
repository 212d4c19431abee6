/** Requests that a browser sends with a cookie: only this deployment's own pages may change anything. */
import { HttpError } from '../errors.ts'

/**
 * Refuses a request that another site's page made. Browsers set `Origin` and `Sec-Fetch-Site` themselves, so no
 * page can pretend.
 * @param isNeeded false where a client without a browser may ask too, which sends neither
 * @throws HttpError 403
 */
export function requireSameOrigin(request: Request, isNeeded: boolean): void {
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const isOwn = origin === new URL(request.url).origin && (site ?? 'same-origin') === 'same-origin'
  if (isOwn || (!isNeeded && origin === null && site === null)) return
  throw new HttpError(403, 'cross_origin', 'This may be asked for by a page of this deployment only')
}
