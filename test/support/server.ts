/** `npm run serve` as a process of its own, with nothing of this process's environment. */
import { startChild } from './child.ts'

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
  const child = startChild('serve', { PORT: '0', ...env })
  const url = await child.printed('the server', /listen on (http:\S+)/)
  return {
    url,
    output: () => child.output(),
    ended: child.ended.then(({ signal }) => signal),
    lines: () => parseLines(child.output()),
    kill: () => child.end('SIGKILL'),
    freeze: () => child.signal('SIGSTOP'),
    goOn: () => child.signal('SIGCONT'),
    stop: () => child.end('SIGTERM'),
  }
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
