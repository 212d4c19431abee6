/** Functions of the form `POST(request: Request): Promise<Response>` on plain node:http, as a platform runs them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

type Handler = (request: Request) => Promise<Response>

/**
 * The header by which a server says how long its handler took, in milliseconds: what the function itself costs,
 * without the way to it.
 */
export const INSIDE_HEADER = 'x-inside-ms'

/** A server whose every path is `handler`'s. */
export function fetchServer(handler: Handler): Server {
  return createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      void answer(handler, incoming, Buffer.concat(chunks), outgoing)
    })
  })
}

async function answer(
  handler: Handler,
  incoming: IncomingMessage,
  body: Buffer<ArrayBuffer>,
  outgoing: ServerResponse,
): Promise<void> {
  const { method = 'GET', headers, url = '/' } = incoming
  try {
    const request = new Request(`http://127.0.0.1${url}`, {
      method,
      headers: headers as Record<string, string>,
      ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
    })
    const started = performance.now()
    const response = await handler(request)
    const inside = performance.now() - started
    const content = Buffer.from(await response.arrayBuffer())
    outgoing.writeHead(response.status, {
      ...Object.fromEntries(response.headers),
      'content-length': content.length,
      [INSIDE_HEADER]: inside.toFixed(3),
    })
    outgoing.end(content)
  } catch {
    outgoing.destroy()
  }
}
