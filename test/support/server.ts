/** `npm run serve` as a process of its own, with nothing of this process's environment. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { until } from './until.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Server {
  url: string
  /** Everything that it has printed, both streams. */
  output(): string
  /** Its log lines, parsed. */
  lines(): Record<string, unknown>[]
  /** Resolves when it has ended, by whatever hand; with the signal that ended it. */
  ended: Promise<NodeJS.Signals | null>
  /** Ends it as a platform would not: kill -9. */
  kill(): Promise<void>
  /** Stands still, as an instance that the platform freezes, until it goes on. */
  freeze(): void
  goOn(): void
  /** SIGTERM: ends when the work under way is done. */
  stop(): Promise<void>
}

/** Starts the functions. @param env all settings; PORT is any free one unless given */
export async function startServer(env: Record<string, string>): Promise<Server> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'lib/dev/serve.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const take = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  // A test process that dies must not leave its servers behind.
  const atExit = () => child.kill('SIGKILL')
  process.once('exit', atExit)
  const gone = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('close', (_code, signal) => {
      process.off('exit', atExit)
      resolve(signal)
    })
  })
  const url = await until('the server to listen', () => {
    if (child.exitCode !== null) throw new Error(`the server ended: ${output}`)
    return /listen on (http:\S+)/.exec(output)?.[1]
  })
  return {
    url,
    output: () => output,
    ended: gone,
    lines: () => parseLines(output),
    kill: () => end(child, 'SIGKILL', gone),
    freeze: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    stop: () => end(child, 'SIGTERM', gone),
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals, gone: Promise<unknown>): Promise<void> {
  child.kill(signal)
  await gone
}

function parseLines(output: string): Record<string, unknown>[] {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    try {
      return [JSON.parse(line) as Record<string, unknown>]
    } catch {
      return []
    }
  })
}
