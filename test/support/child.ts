/** A program of `lib/dev` as a separate process, without this process's environment. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { until } from './until.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Ended {
  code: number | null
  /** The signal that ended it, or null. */
  signal: NodeJS.Signals | null
}

export interface Child {
  /** The output of both streams. */
  output(): string
  stdout(): string
  stderr(): string
  /** Resolves when the process and its streams have ended. */
  ended: Promise<Ended>
  signal(signal: NodeJS.Signals): void
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>
  /** Waits for a line of output. @returns the first group of the pattern @throws when the process ends first, with its output */
  printed(what: string, pattern: RegExp): Promise<string>
}

/** A program of `lib/dev`, built for this run. */
const built = (name: string) => [`${inject('programs')}/lib/dev/${name}.js`]
/** The source, as `npm run` starts it: a program that builds pages needs its sources beside it. */
export const fromSource = (name: string) => ['--import', 'tsx', `lib/dev/${name}.ts`]

/** @param program a name, or Node's arguments @param env the whole environment except PATH and HOME */
export function startChild(
  program: string | string[],
  env: Record<string, string> = {},
  args: string[] = [],
): Child {
  const nodeArgs = typeof program === 'string' ? built(program) : program
  const child = spawn(process.execPath, [...nodeArgs, ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = { output: '', stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts.output += text
      texts[name] += text
    })
  }
  // A test process that dies must not leave its servers behind.
  const atExit = () => child.kill('SIGKILL')
  process.once('exit', atExit)
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', atExit)
      resolve({ code, signal })
    })
  })
  return {
    output: () => texts.output,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended,
    signal: (signal) => void child.kill(signal),
    async end(signal) {
      child.kill(signal)
      await ended
    },
    printed: (what, pattern) =>
      until(what, () => {
        if (child.exitCode !== null) throw new Error(`${what} ended: ${texts.output}`)
        return pattern.exec(texts.output)?.[1]
      }),
  }
}
