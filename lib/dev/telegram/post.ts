import * as http from 'node:http'
import * as https from 'node:https'

export interface PostOutcome {
  /** HTTP status; 0: no answer. */
  status: number
  reason: string
  retryAfterSeconds: number
  /** Text of the answer, up to 1 MB. */
  body: string
  /** Why there is no answer. */
  error?: string
}

/** The fields of every outcome without an answer. */
export const NO_ANSWER = { status: 0, reason: '', retryAfterSeconds: 0, body: '' } as const

const MAX_ANSWER_LENGTH = 1_000_000

/** Has its own connection pool, so that closing the emulator closes only its sockets. */
export interface Poster {
  post(url: string, headers: Record<string, string>, body: string, timeoutMs: number): Promise<PostOutcome>
  close(): void
}

/** HTTP POSTs that never follow a redirect and report every outcome as a value. */
export function createPoster(): Poster {
  // Close idle sockets before the server does (Node: after 5 s): a request on a socket that the server is closing would
  // look like a failed delivery.
  const pool = { keepAlive: true, timeout: 1000 }
  const agents = { 'http:': new http.Agent(pool), 'https:': new https.Agent(pool) }
  const running = new Set<http.ClientRequest>()
  return {
    post(url, headers, body, timeoutMs) {
      const secure = url.startsWith('https:')
      const options = {
        method: 'POST',
        agent: agents[secure ? 'https:' : 'http:'],
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
      }
      return new Promise((resolve) => {
        const request = (secure ? https : http).request(url, options)
        const timer = setTimeout(() => request.destroy(new Error('Read timeout expired')), timeoutMs)
        const settle = (outcome: PostOutcome): void => {
          clearTimeout(timer)
          running.delete(request)
          resolve(outcome)
        }
        const fail = (error: Error): void => settle({ ...NO_ANSWER, error: explain(error) })
        running.add(request)
        request.on('error', fail)
        request.on('response', (response) => {
          response.on('error', fail)
          let body = ''
          response.setEncoding('utf8').on('data', (chunk: string) => {
            if (body.length < MAX_ANSWER_LENGTH) body += chunk
          })
          response.on('end', () =>
            settle({
              status: response.statusCode ?? 0,
              reason: response.statusMessage ?? '',
              body,
              retryAfterSeconds: Number.parseInt(response.headers['retry-after'] ?? '0', 10) || 0,
            }),
          )
        })
        request.end(body)
      })
    },
    close() {
      for (const request of running) request.destroy(new Error('Connection closed'))
      agents['http:'].destroy()
      agents['https:'].destroy()
    },
  }
}

function explain(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return 'Connection refused'
  if (code === 'ECONNRESET') return 'Connection reset by peer'
  return error.message || code
}

/** True for a URL of this machine. */
export function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
}
