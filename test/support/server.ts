/** `npm run serve` as a separate process, without this process's environment. */
import { startChild } from './child.ts'

export interface Server {
  url: string
  /** Its output so far, both streams. */
  output(): string
  /** Its log lines, parsed. */
  lines(): Record<string, unknown>[]
  /** Resolves when it has ended in any way, with the signal that ended it. */
  ended: Promise<NodeJS.Signals | null>
  /** Kills it with SIGKILL. */
  kill(): Promise<void>
  /** Freezes the process, like the platform freezes an instance, until it resumes. */
  freeze(): void
  goOn(): void
  /** SIGTERM: it ends when its work in progress is done. */
  stop(): Promise<void>
}

/** Starts the functions. @param env all settings; PORT is by default any free port */
export async function startServer(env: Record<string, string>): Promise<Server> {
  const child = startChild('serve', { PORT: '0', ...env })
  const lines = createLines(() => child.output())
  const url = await child.printed('the server', /listen on (http:\S+)/)
  return {
    url,
    output: () => child.output(),
    ended: child.ended.then(({ signal }) => signal),
    lines,
    kill: () => child.end('SIGKILL'),
    freeze: () => child.signal('SIGSTOP'),
    goOn: () => child.signal('SIGCONT'),
    stop: () => child.end('SIGTERM'),
  }
}

/** The objects among the lines of a text that grows. Each line is read once: those who wait for one ask often. */
function createLines(read: () => string): () => Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = []
  let readTo = 0
  return () => {
    const text = read()
    const end = text.lastIndexOf('\n') + 1
    for (const line of text.slice(readTo, end).split('\n')) {
      if (!line.startsWith('{')) continue
      try {
        lines.push(JSON.parse(line) as Record<string, unknown>)
      } catch {
        // Two streams can be mixed in one line.
      }
    }
    readTo = end
    return lines
  }
}
