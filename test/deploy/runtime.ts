/** One built function as a process, under the server that @vercel/node runs functions with. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyFolder, DEV_SERVER } from './vercel.ts'

const START_DEADLINE_MS = 30_000
const CLOSE_DEADLINE_MS = 5_000

export interface FunctionProcess {
  port: number
  /** Everything that it has printed, both streams. */
  output(): string
  /** SIGTERM, by which the runtime waits for the work after the answers; kill after 5 s. */
  close(): Promise<void>
}

export interface StartOptions {
  /** Node's executable. */
  node: string
  /** All of its environment: nothing is inherited. */
  env: Readonly<Record<string, string>>
  /** Changes its copy before it starts. */
  prepare?: (folder: string) => Promise<void>
}

/**
 * Copies a `.func` folder to an empty place and starts it there, so that nothing but the folder can serve it.
 * @throws Error with what it printed, when it does not listen within 30 s
 */
export async function startFunction(
  source: string,
  handler: string,
  { node, env, prepare }: StartOptions,
): Promise<FunctionProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'evergram-function-'))
  await copyFolder(`${source}/.`, folder)
  await prepare?.(folder)
  // A test process that dies, kill -9 included, must not leave functions behind.
  const leash = 'data:text/javascript,process.once("disconnect",()=>process.exit(1))'
  const child = spawn(node, ['--import', leash, DEV_SERVER], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...env,
      VERCEL_DEV_ENTRYPOINT: handler,
      VERCEL_DEV_CONFIG: JSON.stringify({ zeroConfig: true }),
      VERCEL_DEV_PORT: '0',
    },
  })
  let output = ''
  const take = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const close = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_DEADLINE_MS)
    await gone
    clearTimeout(timer)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const port = await new Promise<number>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${handler} ${why}: ${output}`))
      const timer = setTimeout(() => fail('does not listen'), START_DEADLINE_MS)
      void gone.then(() => fail('ended')).finally(() => clearTimeout(timer))
      child.once('error', (error) => fail(error.message))
      child.once('message', (address) => {
        clearTimeout(timer)
        resolve((address as { port: number }).port)
      })
    })
    return { port, output: () => output, close: () => close('SIGTERM') }
  } catch (error) {
    await close('SIGKILL')
    throw error
  }
}
