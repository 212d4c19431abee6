/**
 * Telegram's side of a webhook: updates, one POST of one, and the rules by which a POST that got no 2xx is
 * repeated. node:http and not fetch, which costs the sender more than some of what is measured.
 */
import { Agent, request } from 'node:http'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { INSIDE_HEADER } from './peers/fetch-server.ts'

export interface Target {
  url: string
  secret: string
}

export interface Posted {
  /** 0 where no answer came. */
  status: number
  /** From the send to the end of the answer. */
  ms: number
  /** What the handler itself took, where the server tells. */
  insideMs: number
  retryAfterSeconds: number | null
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

let lastUpdateId = 500_000_000

/** An id for `chatsAtOnce()`: no two measurements share a chat. */
let lastChatId = 1_000_000

/** `count` chats that nobody has used. */
export function newChats(count: number): number[] {
  return Array.from({ length: count }, () => ++lastChatId)
}

/** `/ping <tag>` in a private chat, as Telegram writes it. */
export function ping(chatId: number, tag: string): string {
  const id = ++lastUpdateId
  const person = { id: chatId, first_name: 'Vera', username: `vera${chatId}` }
  return JSON.stringify({
    update_id: id,
    message: {
      message_id: id % 1_000_000,
      from: { ...person, is_bot: false, language_code: 'en' },
      chat: { ...person, type: 'private' },
      date: 1_790_000_000,
      text: `/ping ${tag}`,
      entities: [{ offset: 0, length: 5, type: 'bot_command' }],
    },
  })
}

let lastTag = 0
/** A word that is in no other update of this run. */
export const newTag = () => `u${++lastTag}`

/** Posts an update once. Never rejects. */
export function post(to: Target, body: string): Promise<Posted> {
  const started = performance.now()
  return new Promise((resolve) => {
    const end = (status: number, insideMs = Number.NaN, retryAfter?: string) =>
      resolve({
        status,
        ms: performance.now() - started,
        insideMs,
        retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter),
      })
    const sent = request(
      `${to.url}/webhook`,
      {
        agent,
        method: 'POST',
        timeout: 60_000,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-telegram-bot-api-secret-token': to.secret,
        },
      },
      (response) => {
        response.resume()
        response.once('end', () => {
          const inside = response.headers[INSIDE_HEADER]
          end(response.statusCode ?? 0, Number(inside), response.headers['retry-after'])
        })
        response.once('error', () => end(0))
      },
    )
    sent.once('timeout', () => sent.destroy())
    sent.once('error', () => end(0))
    sent.end(body)
  })
}

/** Posts an update that must be answered with 200. @throws Error when it is not */
export async function mustPost(to: Target, body: string): Promise<Posted> {
  const posted = await post(to, body)
  if (posted.status !== 200) throw new Error(`${to.url} answered ${posted.status}`)
  return posted
}

/**
 * Delivers an update until it is answered with 2xx: again at once after the first failure, then after 2, 4, 8 … s,
 * or when `Retry-After` says.
 * @param speed how many times shorter the pauses are
 */
export async function deliver(to: Target, body: string, speed: number): Promise<void> {
  for (let failures = 0; ; failures++) {
    const { status, retryAfterSeconds } = await post(to, body)
    if (status >= 200 && status < 300) return
    const seconds = retryAfterSeconds ?? (failures === 0 ? 0.02 : 2 ** Math.min(failures, 6))
    await pause((seconds * 1000) / speed)
  }
}

/** Closes the connections that were kept open. */
export function closeConnections(): void {
  agent.destroy()
}
