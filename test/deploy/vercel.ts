/** `vercel build` by the real CLI, on a copy of the project and with no network. */
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const HERE = fileURLToPath(new URL('./', import.meta.url))
const MODULES = join(HERE, 'node_modules')

/** What the copy's `.env` files hold. It must turn up nowhere in a build. */
export const PLANTED_SECRET = 'planted-secret-that-no-build-may-contain'

export interface BuildResult {
  /** The CLI's exit code. */
  code: number | null
  /** What it printed, both streams. */
  printed: string
  /** `host:port` of every connection that it, npm or a builder tried to open. */
  connections: string[]
}

/** Installs the CLI unless the version of package.json is there already. */
export async function installCli(): Promise<void> {
  const wanted = await readJson(join(HERE, 'package.json'))
  const file = join(MODULES, 'vercel', 'package.json')
  const found = existsSync(file) ? await readJson(file) : {}
  if (found['version'] === (wanted['devDependencies'] as Record<string, string>)['vercel']) return
  console.log('Installing the Vercel CLI …')
  await run('npm', ['ci'], { cwd: HERE, maxBuffer: 64 * 1024 * 1024 })
}

/** The server that the CLI's own @vercel/node starts functions with. */
export const DEV_SERVER = join(MODULES, '@vercel', 'node', 'dist', 'dev-server.mjs')

/**
 * Copies what `vercel deploy` would upload (all that git does not ignore, as it stands) and node_modules, so
 * that the CLI's own `npm install` finds its work done; plants secrets where developers keep theirs.
 */
export async function copyProject(target: string): Promise<void> {
  // In a container the checkout often belongs to another user, and git would refuse to read it.
  const trust = ['-c', 'safe.directory=*']
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const listed = await run('git', [...trust, ...list], { cwd: ROOT })
  for (const name of listed.stdout.split('\0').filter((path) => path && existsSync(join(ROOT, path)))) {
    await mkdir(dirname(join(target, name)), { recursive: true })
    await cp(join(ROOT, name), join(target, name))
  }
  // Not a link: npm would remove it, because a linked node_modules is none to it.
  await copyFolder(join(ROOT, 'node_modules'), join(target, 'node_modules'))
  for (const name of ['.env', '.env.local']) await writeFile(join(target, name), `SECRET=${PLANTED_SECRET}\n`)
  // What `vercel link` would write: enough for a build that never asks who it is for.
  const settings = { framework: null, nodeVersion: '24.x' }
  await mkdir(join(target, '.vercel'))
  await writeFile(
    join(target, '.vercel', 'project.json'),
    JSON.stringify({ projectId: 'prj_x', orgId: 'team_x', settings }),
  )
}

/** By cp, which takes a seventh of the time of Node's own: a copy of node_modules has eight thousand files. */
export async function copyFolder(source: string, target: string): Promise<void> {
  await run('cp', ['-a', source, target])
}

/** The environment by which Node processes refuse each connection and note it down in the file `log`. */
export const sealedBy = (log: string) => ({
  NODE_OPTIONS: `--require ${JSON.stringify(join(HERE, 'sealed.cjs'))}`,
  SEALED_LOG: log,
})

/** Builds the copy in `project`. A failing build is a result, not an exception. */
export async function vercelBuild(project: string): Promise<BuildResult> {
  const home = `${project}-home`
  const sealedLog = join(home, 'connections.log')
  await mkdir(home)
  await writeFile(sealedLog, '')
  const child = spawn(process.execPath, [join(MODULES, 'vercel', 'dist', 'vc.js'), 'build'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      CI: '1',
      ...sealedBy(sealedLog),
      npm_config_offline: 'true',
      NO_UPDATE_NOTIFIER: '1',
      VERCEL_TELEMETRY_DISABLED: '1',
      // The binary of some platforms would not load sealed.cjs.
      VERCEL_CLI_USE_NATIVE_BINARY: '0',
    },
  })
  let printed = ''
  const take = (chunk: Buffer) => {
    printed += chunk.toString()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const connections = (await readFile(sealedLog, 'utf8')).split('\n').filter(Boolean)
  await rm(home, { recursive: true, force: true })
  return { code, printed, connections }
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
}
