/** Request bodies, limited in size while they are read. */
import { HttpError } from '../errors.ts'

/** In bytes, more than the platform accepts. A sender of a larger body loses its connection. */
const DROP_LIMIT = 16 * 1024 * 1024

/**
 * Reads a body as text up to `limit` bytes.
 * @returns the text without a byte order mark, cut at the limit, and whether anything was cut off
 * @throws HttpError 415 for a content encoding: read as text, such a body would be dropped as malformed
 */
export async function readText(request: Request, limit: number): Promise<{ text: string; cut: boolean }> {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  if (encoding !== '' && encoding !== 'identity') {
    throw new HttpError(415, 'unsupported_encoding', 'Send the body without a content encoding')
  }
  const reader = request.body?.getReader()
  if (!reader) return { text: '', cut: false }
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (size <= limit) chunks.push(value)
    size += value.byteLength
    // Read and drop the rest: an unread body would break the next request on the same connection.
    if (size > DROP_LIMIT) {
      await reader.cancel()
      break
    }
  }
  const text = Buffer.concat(chunks).subarray(0, limit).toString('utf8')
  return { text: text.startsWith('\ufeff') ? text.slice(1) : text, cut: size > limit }
}

/**
 * Reads a JSON body of an operator; an empty one is null.
 * @throws HttpError 413, 415, 422
 */
export async function readJson(request: Request, limit = 64 * 1024): Promise<unknown> {
  const { text, cut } = await readText(request, limit)
  if (cut) throw new HttpError(413, 'body_too_large', `The body may have ${limit} bytes at most`)
  if (text.trim() === '') return null
  requireJson(request)
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpError(422, 'bad_json', 'The body is not valid JSON')
  }
}

/** @throws HttpError 415 for another content type than JSON: a form on any site can send other types */
export function requireJson(request: Request): void {
  if (/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) return
  throw new HttpError(415, 'unsupported_media_type', 'Send the body as application/json')
}
