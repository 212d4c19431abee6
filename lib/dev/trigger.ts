/** `npm run trigger`: sends one update to the bot of a running `npm run dev`, and prints its timeline. */
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createSimulatorClient, defaultUrl, type SimulatorClient } from './simulator/client.ts'
import { printTimeline } from './simulator/print-timeline.ts'
import type { Act, ShownMessage, State } from './simulator/wire.ts'

const USAGE = `npm run trigger -- [options] WHAT [WORDS]

  message TEXT              a message                     edited TEXT       the sender's last message, changed
  command NAME [WORDS]      /NAME WORDS                   reaction EMOJI    to the last message of the bot
  callback DATA             the press of a button         join, leave       of the group (--chat)
  photo FILE [CAPTION]      also document, voice          block, unblock    the bot
  contact, location         of the sender                 FILE.json         any update, as it is (- for stdin)

  --user NAME|ID      the sender (default: the first user)
  --chat TITLE|ID     the chat (default: the sender's chat with the bot)
  --topic NAME        the topic of the chat
  --message ID        the message (default: the last one)
  --force             press a button that the message no longer has
  --wait-seconds N    how long to wait for the end of the update (15)
  --url URL           the functions of npm run dev (http://127.0.0.1:3000, or PORT)`

const TYPES: Record<string, string> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.oga': 'audio/ogg',
  '.ogg': 'audio/ogg',
  '.mp3': 'audio/mpeg',
  '.pdf': 'application/pdf',
  '.txt': 'text/plain',
}

interface Place {
  user: number
  chat: number
  thread?: number
}

interface Wanted {
  user?: string | undefined
  chat?: string | undefined
  topic?: string | undefined
  message?: string | undefined
  force?: boolean | undefined
}

/** @throws Error with a sentence where the user, the chat or the topic does not exist */
function findPlace({ world }: State, wanted: Wanted): Place {
  const user = world.users.find(
    ({ id, first_name: name, username }) =>
      wanted.user === undefined || [String(id), name, username].includes(wanted.user),
  )
  if (user === undefined) throw new Error(`there is no user ${wanted.user}`)
  const isMeant = (id: number, title: string | undefined) =>
    wanted.chat === undefined ? id === user.id : [String(id), title].includes(wanted.chat)
  const shown = world.chats.find(({ chat }) => isMeant(chat.id, chat.title))
  if (shown === undefined) throw new Error(`there is no chat ${wanted.chat}`)
  if (wanted.topic === undefined) return { user: user.id, chat: shown.chat.id }
  const topic = shown.topics.find(({ name }) => name === wanted.topic)
  if (topic === undefined) throw new Error(`the chat has no topic ${wanted.topic}`)
  return { user: user.id, chat: shown.chat.id, thread: topic.thread }
}

/** The message with the given id, else the last that fits. */
async function findMessage(
  client: SimulatorClient,
  { chat }: Place,
  wanted: Wanted,
  what: string,
  fits: (shown: ShownMessage) => boolean,
): Promise<number> {
  if (wanted.message !== undefined) return Number(wanted.message)
  const message = (await client.messages(chat)).findLast(fits)?.message
  if (message === undefined) throw new Error(`the chat has no ${what}`)
  return message.message_id
}

async function readAct(
  client: SimulatorClient,
  state: State,
  [what = '', first = '', ...more]: string[],
  wanted: Wanted,
): Promise<Act> {
  const place = findPlace(state, wanted)
  const words = [first, ...more].join(' ')
  const bot = state.world.bot.id
  switch (what) {
    case 'message':
      return { ...place, kind: 'text', text: words }
    case 'command':
      return { ...place, kind: 'text', text: `/${words.replace(/^\//, '')}` }
    case 'edited': {
      const isMine = ({ message }: ShownMessage) =>
        message.from?.id === place.user && message.text !== undefined
      const message = await findMessage(client, place, wanted, 'message of the sender', isMine)
      return { ...place, kind: 'edit', message, text: words }
    }
    case 'callback': {
      const has = ({ message }: ShownMessage) =>
        message.reply_markup?.inline_keyboard.flat().some((button) => button.callback_data === words) === true
      const isBots = ({ message }: ShownMessage) => message.from?.id === bot
      const fits = wanted.force === true ? isBots : has
      const message = await findMessage(client, place, wanted, `button with the data ${words}`, fits)
      return { ...place, kind: 'press', message, data: words, force: wanted.force === true }
    }
    case 'reaction': {
      const isBots = ({ message }: ShownMessage) => message.from?.id === bot
      const message = await findMessage(client, place, wanted, 'message of the bot', isBots)
      return { ...place, kind: 'react', message, emoji: words === '' ? [] : [words] }
    }
    case 'photo':
    case 'document':
    case 'voice': {
      const bytes = await readFile(first).catch((error: NodeJS.ErrnoException) => {
        throw new Error(`cannot read ${first || 'the file'}: ${error.code ?? error.message}`)
      })
      const mimeType = TYPES[extname(first).toLowerCase()]
      return {
        ...place,
        kind: what,
        base64: bytes.toString('base64'),
        fileName: basename(first),
        ...(mimeType === undefined ? {} : { mimeType }),
        ...(more.length === 0 ? {} : { caption: more.join(' ') }),
      }
    }
    case 'contact':
    case 'location':
    case 'join':
    case 'leave':
    case 'block':
    case 'unblock':
      return { ...place, kind: what }
    default:
      throw new Error(`"${what}" is nothing that can be triggered (see --help)`)
  }
}

/** @throws Error where the file does not hold an update */
async function readUpdate(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path === '-' ? '/dev/stdin' : path, 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      throw new Error(`cannot read ${path}: ${error.code ?? error.message}`)
    },
  )
  try {
    const update: unknown = JSON.parse(text)
    if (typeof update === 'object' && update !== null && !Array.isArray(update)) {
      return update as Record<string, unknown>
    }
  } catch {
    // Reported below.
  }
  throw new Error(`${path} holds no update as a JSON object`)
}

/** @returns the exit code: 0 where the update was settled or became a dead letter in time, 1 otherwise */
async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      user: { type: 'string' },
      chat: { type: 'string' },
      topic: { type: 'string' },
      message: { type: 'string' },
      force: { type: 'boolean' },
      'wait-seconds': { type: 'string', default: '15' },
      url: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const [what] = positionals
  if (values.help === true || what === undefined) {
    console.log(USAGE)
    return values.help === true ? 0 : 1
  }
  const waitMs = Number(values['wait-seconds']) * 1000
  if (!(waitMs > 0)) throw new Error('--wait-seconds needs a number above 0')
  const client = createSimulatorClient(values.url ?? defaultUrl(process.env))
  const state = await client.state()
  const isUpdate = what === '-' || what.endsWith('.json')
  const { update_id: id } = isUpdate
    ? await client.deliver(await readUpdate(what))
    : await client.act(await readAct(client, state, positionals, values))
  return printTimeline(client, id, waitMs, console.log)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(`trigger: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  })
}
