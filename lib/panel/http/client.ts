/** Sends one request to this deployment's functions and returns its outcome. */

export interface Failure {
  /** HTTP status; 0 where no answer came. */
  status: number
  /** The answer's error code, else `unreachable`, `timeout` or `bad_answer`. */
  code: string
  /** The server's error message in English; empty where it sent none. */
  message: string
  /** Seconds; null where the answer named none. */
  retryAfterS: number | null
}

export type Outcome<T> = { ok: true; data: T } | { ok: false; failure: Failure }

const TIMEOUT_MS = 30_000
/** For calls that are answered after their work is done: the longest run of a function on the platform. */
export const WORK_TIMEOUT_MS = 300_000

/**
 * Sends the session's cookie. Never throws: a request without an answer is a failure with status 0.
 * @param body sent as JSON; the server requires one for each change of state
 */
export async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  timeoutMs = TIMEOUT_MS,
): Promise<Outcome<T>> {
  try {
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
    const data: unknown = await response.json().catch(() => null)
    // /health answers 503 for an unhealthy bot, and its report is still valid data.
    if (data !== null && (response.ok || (path === '/health' && response.status === 503))) {
      return { ok: true, data: data as T }
    }
    return { ok: false, failure: failureOf(response, data) }
  } catch (error) {
    const code = error instanceof DOMException && error.name === 'TimeoutError' ? 'timeout' : 'unreachable'
    return { ok: false, failure: { status: 0, code, message: '', retryAfterS: null } }
  }
}

function failureOf(response: Response, data: unknown): Failure {
  const { error } = (data ?? {}) as { error?: { code?: unknown; message?: unknown } }
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN)
  return {
    status: response.status,
    code: typeof error?.code === 'string' ? error.code : 'bad_answer',
    message: typeof error?.message === 'string' ? error.message : '',
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : null,
  }
}
