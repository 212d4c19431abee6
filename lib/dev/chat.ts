/**
 * `npm run chat`: talks to the bot from a terminal, through the Telegram emulator of a running `npm run dev`.
 * Interactive, with piped lines, or with one message as argument.
 */
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CHAT_HELP, createChatSession, type ChatSession } from './telegram/chat-session.ts'
import { createControlClient, NoEmulatorError, type ControlClient } from './telegram/control-client.ts'
import type { User } from './telegram/types.ts'

const USAGE = `npm run chat -- [options] [MESSAGE]

  --telegram URL      the emulator (http://127.0.0.1:8081)
  --name NAME         who you are (Ada)
  --user ID           the same by user id
  --lang CODE         language of your Telegram (en)
  --group TITLE       talk in a group of this title
  --quiet-seconds N   with piped lines or a MESSAGE: end after N seconds without an answer (0.8)
  --wait-seconds N    with piped lines or a MESSAGE: give up after N seconds (30)

${CHAT_HELP}`

interface Options {
  telegram: string
  name?: string
  user?: string
  lang?: string
  group?: string
  quietSeconds: number
  waitSeconds: number
  message: string
}

/** @throws TypeError for an unknown option, Error for a bad number */
function readOptions(argv: string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      telegram: { type: 'string', default: 'http://127.0.0.1:8081' },
      name: { type: 'string' },
      user: { type: 'string' },
      lang: { type: 'string' },
      group: { type: 'string' },
      'quiet-seconds': { type: 'string', default: '0.8' },
      'wait-seconds': { type: 'string', default: '30' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return 'help'
  const { 'quiet-seconds': quiet, 'wait-seconds': wait, help: _, ...rest } = values
  for (const [name, value] of Object.entries({ quiet, wait })) {
    if (!(Number(value) > 0)) throw new Error(`--${name}-seconds needs a number above 0`)
  }
  if (values.user !== undefined && !/^[1-9]\d{0,15}$/.test(values.user))
    throw new Error('--user needs a user id')
  return { ...rest, quietSeconds: Number(quiet), waitSeconds: Number(wait), message: positionals.join(' ') }
}

/** Finds or makes the user. The same name is the same user in every run, so that stored settings can be tested. */
async function whoAmI(client: ControlClient, options: Options, known: User[]): Promise<User> {
  const { name, lang } = options
  const mine = known.find((user) =>
    options.user === undefined ? user.first_name === (name ?? 'Ada') : user.id === Number(options.user),
  )
  const id = mine?.id ?? (options.user === undefined ? undefined : Number(options.user))
  return client.addUser({
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { first_name: name }),
    ...(lang === undefined ? {} : { language_code: lang }),
  })
}

async function open(
  options: Options,
  print: (text: string) => void,
): Promise<{ session: ChatSession; user: User }> {
  const client = createControlClient(options.telegram)
  const state = await client.state()
  const user = await whoAmI(client, options, state.users)
  let chat = user.id
  if (options.group !== undefined) {
    const isMine = ({ title, members }: { title?: string; members: number[] }): boolean =>
      title === options.group && members.includes(user.id)
    const group =
      state.chats.find(isMine) ?? (await client.addGroup({ title: options.group, members: [user.id] }))
    chat = group.id
  }
  return {
    session: createChatSession(
      client,
      { user: user.id, chat, cursor: state.cursor, quietMs: options.quietSeconds * 1000 },
      print,
    ),
    user,
  }
}

/** Sends the lines from a pipe or the command line; resolves to the exit code. */
async function runLines(
  session: ChatSession,
  user: User,
  lines: AsyncIterable<string> | Iterable<string>,
  waitSeconds: number,
): Promise<number> {
  let code = 0
  for await (const line of lines) {
    const until = performance.now() + waitSeconds * 1000
    // The message that the line refers to must have arrived.
    if (/^:(press|edit)\b/.test(line)) await session.settle(until)
    if (line.trim() !== '') console.log(`${user.first_name}: ${line}`)
    try {
      if (!(await session.handle(line))) return code
    } catch (error) {
      if (error instanceof NoEmulatorError) throw error
      console.error(`chat: ${messageOf(error)}`)
      code = 1
    }
    await session.look(0)
  }
  const end = await session.settle(performance.now() + waitSeconds * 1000)
  if (end === 'silent') console.error('chat: the bot said nothing')
  if (end !== 'busy') return code
  console.error(`chat: the bot is still busy after ${waitSeconds} s (--wait-seconds waits longer)`)
  return 1
}

async function runInteractive(options: Options): Promise<number> {
  let terminal: Interface | undefined
  const print = (text: string): void => {
    process.stdout.write(`\r\u001B[K${text}\n`)
    terminal?.prompt(true)
  }
  const { session, user } = await open(options, print)
  print(
    `You are ${user.first_name} (${user.id}, ${user.language_code ?? 'en'}). :help tells what you can do.`,
  )
  terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })
  const end = new AbortController()
  const watching = watch(session, end.signal).catch((error: unknown) => {
    if (end.signal.aborted) return
    terminal.close()
    throw error
  })
  terminal.prompt()
  for await (const line of terminal) {
    try {
      if (!(await session.handle(line))) break
    } catch (error) {
      if (error instanceof NoEmulatorError) throw error
      print(`chat: ${messageOf(error)}`)
    }
    terminal.prompt()
  }
  end.abort()
  // A `break` out of the loop leaves the terminal open (Node 20).
  terminal.close()
  await watching
  return 0
}

/** Prints what the bot does, until the chat ends. */
async function watch(session: ChatSession, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await session.look(25, signal)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Runs the command; resolves to its exit code. */
async function main(argv: string[]): Promise<number> {
  try {
    const options = readOptions(argv)
    if (options === 'help') {
      console.log(USAGE)
      return 0
    }
    if (options.message === '' && process.stdin.isTTY) return await runInteractive(options)
    const { session, user } = await open(options, console.log)
    if (options.message !== '') return await runLines(session, user, [options.message], options.waitSeconds)
    const lines = createInterface({ input: process.stdin })
    return await runLines(session, user, lines, options.waitSeconds).finally(() => lines.close())
  } catch (error) {
    const hint = error instanceof NoEmulatorError ? '; start one with: npm run dev' : ''
    console.error(`chat: ${messageOf(error)}${hint}`)
    return 1
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // exitCode and not exit(): output to a pipe must still be flushed.
  process.exitCode = await main(process.argv.slice(2))
}
