/** The commands that a Redis executes, in order: MONITOR over its own connection. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

export interface Monitor {
  /** Commands whose line contains `text`, as Redis writes them; those of scripts contain "lua". */
  linesWith(text: string): string[]
  close(): void
}

/** @param port of the engine. Resolves once every later command is seen. */
export async function startMonitor(port: number): Promise<Monitor> {
  const socket = connect({ host: '127.0.0.1', port })
  const lines: string[] = []
  const reader = createInterface({ input: socket })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    reader.once('line', () => resolve())
    socket.write('MONITOR\r\n')
  })
  reader.on('line', (line) => lines.push(line))
  return { linesWith: (text) => lines.filter((line) => line.includes(text)), close: () => socket.destroy() }
}
