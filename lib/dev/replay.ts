/**
 * `npm run replay -- FILE`: runs dead letters again on this machine, through the webhook's handler, with a new store
 * and a new emulator, and prints what the bot does. FILE is JSON: one dead letter of GET /dead-letters, a list of them,
 * or the whole answer.
 * Exit code: 0 all were processed, 1 one failed again, 2 the file cannot be used.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { webhook } from '../endpoints/webhook.ts'
import { readUpdate } from '../inbox/update.ts'
import { findNative, startEngine } from './store/engine.ts'
import { startStoreFront } from './store/front.ts'
import { startTelegram, type CallRecord, type TelegramEmulator } from './telegram/emulator.ts'

interface Letter {
  updateId: string
  payload: string
  /** The cause, as exported. */
  cause: unknown
}

/** The message says in one sentence what is wrong with the file. */
class BadFile extends Error {}

const BOT_ID = '1000000001'
/** Calls of an initialisation, which do not belong to the update. */
const OF_AN_INITIALISATION = /^(getMe|getWebhookInfo|setWebhook|setMyCommands|setChatMenuButton)$/

const say = (text: string) => process.stdout.write(`${plain(text)}\n`)
const secret = () => randomBytes(24).toString('base64url')

/** @throws BadFile */
function readLetters(path: string | undefined): Letter[] {
  if (path === undefined) throw new BadFile('name a file: npm run replay -- FILE')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException
    throw new BadFile(`${path} cannot be read (${code})`)
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new BadFile(`${path} holds no JSON`)
  }
  const answered = isRecord(parsed) ? parsed['dead_letters'] : undefined
  const list: unknown[] = Array.isArray(answered) ? answered : Array.isArray(parsed) ? parsed : [parsed]
  if (list.length === 0) throw new BadFile(`${path} holds no dead letter`)
  // The server lists the newest first. Replay the oldest first, in the order in which they arrived.
  return list.map(readLetter).toReversed()
}

function readLetter(entry: unknown, index: number): Letter {
  const place = `dead letter ${index + 1}`
  if (!isRecord(entry) || typeof entry['payload'] !== 'string') {
    throw new BadFile(`${place} has no "payload" of text; export it with GET /dead-letters`)
  }
  const update = readUpdate(entry['payload'], BOT_ID)
  if (!update.ok) throw new BadFile(`the payload of ${place} is no update: ${update.reason}`)
  return { updateId: update.updateId, payload: entry['payload'], cause: entry['cause'] }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Place {
  telegram: TelegramEmulator
  env: Record<string, string>
}

/** Runs one letter with its own key prefix and prints the result. @returns true when it was processed */
async function run(letter: Letter, { telegram, env }: Place): Promise<boolean> {
  say(
    `\nupdate ${letter.updateId}${letter.cause === undefined ? '' : `, given up on for ${show(letter.cause)}`}`,
  )
  const callsBefore = telegram.calls.length
  // The emulator learns the chat, the sender and the message, so that the bot can answer them.
  telegram.deliver(JSON.parse(letter.payload) as Record<string, unknown>)
  const lines: Record<string, unknown>[] = []
  const work: Promise<unknown>[] = []
  const request = new Request('http://127.0.0.1/webhook', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-telegram-bot-api-secret-token': env['TELEGRAM_WEBHOOK_SECRET'] ?? '',
    },
    body: letter.payload,
  })
  await webhook(request, {
    env: { ...env, KEY_PREFIX: `replay-${randomBytes(6).toString('hex')}` },
    waitUntil: (promise) => void work.push(promise),
    bot: async () => (await import('../bot/index.ts')).bot,
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  })
  // Work that runs can add more work.
  for (let done = 0; done < work.length; done = work.length) await Promise.all(work)

  for (const call of telegram.calls.slice(callsBefore)) {
    if (!OF_AN_INITIALISATION.test(call.method)) say(`  ${describeCall(call)}`)
  }
  return sayOutcome(lines)
}

function describeCall({ method, params, status, error }: CallRecord): string {
  const answer = status === 200 ? 'ok' : `${status ?? 'no answer'} ${error ?? ''}`.trim()
  return `${method} ${show(params)} -> ${answer}`
}

function sayOutcome(lines: Record<string, unknown>[]): boolean {
  const find = (event: string) => lines.find((line) => line['event'] === event)
  const failed = find('update failed')
  const processed = find('update processed')
  if (find('update settled, chat cannot be written to')) {
    say('  not answered: the chat cannot be written to')
    return false
  }
  if (processed && !failed) {
    say(`  processed in ${String(processed['duration_ms'])} ms`)
    return true
  }
  const { name, message, code, stack, cause } = (failed?.['error'] ?? {}) as Record<string, unknown>
  const words = [failed?.['class'], name, code, message].filter((word) => word !== undefined)
  say(`  failed again: ${words.map(String).join(' ') || 'it was never worked on'}`)
  if (typeof stack === 'string') say(stack)
  if (cause !== undefined) say(`  caused by ${show(cause)}`)
  // The failure was not logged: print the other errors.
  if (!failed) for (const line of lines) if (line['level'] === 'error') say(`  ${show(line)}`)
  return false
}

const show = (value: unknown): string => JSON.stringify(value) ?? ''

/** Replaces control and bidirectional characters, which could change the terminal's output. Keeps line breaks. */
function plain(text: string): string {
  return text.replaceAll(
    /[^\P{C}\n]|[\u2028\u2029]/gu,
    (sign) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

async function main(): Promise<number> {
  const letters = readLetters(process.argv[2])
  const engine = await startEngine({ kind: findNative() ? 'native' : 'js' })
  const front = await startStoreFront({ redisPort: engine.port, token: secret() })
  const telegram = await startTelegram({ token: `${BOT_ID}:${secret()}` })
  try {
    // Nothing from this process's environment, so no account and no real token. One attempt.
    const env = {
      TELEGRAM_BOT_TOKEN: telegram.token,
      ADMIN_TOKEN: secret() + secret(),
      TELEGRAM_WEBHOOK_SECRET: secret(),
      UPSTASH_REDIS_REST_URL: front.url,
      UPSTASH_REDIS_REST_TOKEN: front.token,
      TELEGRAM_API_ROOT: telegram.url,
      RATE_LIMIT_REQUESTS: '0',
      MAX_ATTEMPTS: '1',
    }
    let failures = 0
    for (const letter of letters) if (!(await run(letter, { telegram, env }))) failures++
    say(`\n${letters.length - failures} of ${letters.length} processed`)
    return failures === 0 ? 0 : 1
  } finally {
    await telegram.close()
    await front.close()
    await engine.close()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof BadFile)) throw error
  process.stderr.write(`replay: ${error.message}\n`)
  process.exitCode = 2
}
