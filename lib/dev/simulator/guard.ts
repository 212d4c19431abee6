/** Who may talk to the simulator: this machine's programs, and its own page. */
import { HttpError } from '../../errors.ts'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/**
 * A page elsewhere could point its own name at this machine (DNS rebinding) or post across origins.
 * @throws HttpError 403, 415
 */
export function requireLocal(request: Request): void {
  const { headers, method } = request
  const host = headers.get('host') ?? ''
  if (!LOOPBACK.test(host)) throw new HttpError(403, 'not_local', 'The simulator answers to localhost only')
  const { pathname } = new URL(request.url)
  if (!pathname.startsWith('/dev/api/')) return
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site') ?? 'none'
  if ((origin !== null && origin !== `http://${host}`) || !['none', 'same-origin'].includes(site)) {
    throw new HttpError(403, 'cross_origin', "Only the simulator's own page may ask for this")
  }
  const isRead = method === 'GET' || method === 'HEAD'
  if (!isRead && !/^application\/json\b/i.test(headers.get('content-type') ?? '')) {
    throw new HttpError(415, 'not_json', 'Send JSON, as application/json')
  }
}
