import type { IncomingMessage } from 'node:http'
import { ApiError, badRequest } from './errors.ts'

/** A file of a multipart body. */
export interface Upload {
  fileName: string
  mimeType: string | undefined
  bytes: Buffer
}

export interface RawParameters {
  values: Map<string, unknown>
  uploads: Map<string, Upload>
}

/** Telegram accepts uploads of 50 MB; a multipart body is slightly larger. */
const MAX_BODY_BYTES = 51 * 1024 * 1024

/**
 * Reads a whole request body.
 * @throws {ApiError} 413 above 51 MB; an Error when the client disconnects first
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new ApiError(413, 'Request Entity Too Large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * The parameters of a Bot API request, from its query string and body (JSON, urlencoded, multipart).
 * @throws {ApiError} 400 for a body that cannot be parsed
 */
export function parseParameters(query: URLSearchParams, contentType: string, body: Buffer): RawParameters {
  const values = new Map<string, unknown>(query)
  const uploads = new Map<string, Upload>()
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (body.length === 0) return { values, uploads }
  if (type === 'application/json') {
    for (const [name, value] of Object.entries(parseJsonObject(body))) values.set(name, value)
  } else if (type === 'application/x-www-form-urlencoded') {
    for (const [name, value] of new URLSearchParams(body.toString('utf8'))) values.set(name, value)
  } else if (type === 'multipart/form-data') {
    parseMultipart(contentType, body, values, uploads)
  }
  return { values, uploads }
}

function parseJsonObject(body: Buffer): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch {
    throw badRequest("can't parse request body as JSON")
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw badRequest('JSON body must be an object')
  }
  return parsed as Record<string, unknown>
}

// The platform's formData() is stricter than Telegram: some clients leave out the space after a header's colon and the
// line break after the last boundary.
function parseMultipart(
  contentType: string,
  body: Buffer,
  values: Map<string, unknown>,
  uploads: Map<string, Upload>,
): void {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1]
  if (boundary === undefined) throw badRequest('multipart boundary not found')
  const delimiter = Buffer.from(`--${boundary}`)
  let from = body.indexOf(delimiter)
  while (from !== -1) {
    const start = from + delimiter.length
    const next = body.indexOf(delimiter, start)
    if (next === -1) {
      if (body.subarray(start, start + 2).toString() !== '--') throw badRequest('multipart body is cut off')
      return
    }
    // Between the line break after this boundary and the line break before the next.
    readPart(body.subarray(start + 2, next - 2), values, uploads)
    from = next
  }
  throw badRequest('multipart body without its boundary')
}

function readPart(part: Buffer, values: Map<string, unknown>, uploads: Map<string, Upload>): void {
  const gap = part.indexOf('\r\n\r\n')
  const head = part.subarray(0, Math.max(gap, 0)).toString('utf8')
  const bytes = part.subarray(gap + 4)
  const name = /[;\s]name="([^"]*)"/i.exec(head)?.[1]
  if (gap === -1 || name === undefined) throw badRequest('multipart part without a name')
  const fileName = /filename="([^"]*)"/i.exec(head)?.[1]
  if (fileName === undefined) values.set(name, bytes.toString('utf8'))
  else uploads.set(name, { fileName, mimeType: /^content-type:\s*(\S+)/im.exec(head)?.[1], bytes })
}
