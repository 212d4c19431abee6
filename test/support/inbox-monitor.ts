/** The commands that scripts run, by MONITOR, script by script. Needs its own native engine. */
import { connect } from 'node:net'
import { randomUUID } from 'node:crypto'
import { createRespClient } from '../../lib/dev/store/resp.ts'

export interface ScriptCall {
  script: string
  keys: string[]
  args: string[]
  /** The commands that the script ran, with their arguments. */
  inner: string[][]
}

export type Monitor = Awaited<ReturnType<typeof startMonitor>>

/** Watches the engine on 127.0.0.1:`port`. */
export async function startMonitor(port: number) {
  const marks = createRespClient({ port })
  const socket = connect({ host: '127.0.0.1', port })
  let text = ''
  let wake = () => {}
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
    wake()
  })
  const readUntil = async (end: string): Promise<string> => {
    for (;;) {
      const at = text.indexOf(end)
      if (at >= 0) {
        const before = text.slice(0, at)
        text = text.slice(at + end.length)
        return before
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  socket.write('MONITOR\r\n')
  await readUntil('+OK\r\n')

  /** The output so far. */
  const untilNow = async (): Promise<string> => {
    const mark = randomUUID()
    await marks.command('ECHO', mark)
    return readUntil(`"ECHO" "${mark}"\r\n`)
  }

  return {
    /** Runs `work` and returns the scripts that the engine ran meanwhile. */
    async during(work: () => Promise<unknown>): Promise<ScriptCall[]> {
      await untilNow()
      await work()
      const lines = (await untilNow()).split('\r\n')
      const calls: ScriptCall[] = []
      for (const line of lines) {
        const match = /^\+\d+\.\d+ \[\d+ (\S+)\] (.*)$/.exec(line)
        if (!match) continue
        const [, source, rest = ''] = match
        const words = wordsOf(rest)
        if (source === 'lua') calls.at(-1)?.inner.push(words)
        else if (words[0]?.toUpperCase() === 'EVAL') {
          const count = Number(words[2])
          const [script = ''] = words.slice(1)
          calls.push({ script, keys: words.slice(3, 3 + count), args: words.slice(3 + count), inner: [] })
        }
      }
      return calls
    },
    close() {
      socket.destroy()
      marks.close()
    },
  }
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\u0007', b: '\b' }

/** Undoes the quoting of MONITOR's lines. */
function wordsOf(line: string): string[] {
  const quoted = line.match(/"[^"\\]*(?:\\.[^"\\]*)*"/g) ?? []
  return quoted.map((word) => {
    const text = word
      .slice(1, -1)
      .replaceAll(/\\(x[0-9a-f]{2}|.)/g, (_, code: string) =>
        code.length === 3
          ? String.fromCodePoint(Number.parseInt(code.slice(1), 16))
          : (ESCAPES[code] ?? code),
      )
    return Buffer.from(text, 'latin1').toString()
  })
}
