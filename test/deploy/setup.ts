/** Builds the project once for all tests here, and finds the Nodes to start the functions on. */
import { execFile } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { copyProject, installCli, vercelBuild, type BuildResult } from './vercel.ts'

/** The major version that package.json's `engines` asks Vercel for. */
const PRODUCTION_NODE = 24

declare module 'vitest' {
  interface ProvidedContext {
    /** The project's copy, where `.vercel/output` is, and how its build went. */
    build: BuildResult & { project: string }
    /** Node's executables: this machine's, and production's where that is another. */
    nodes: { version: string; path: string }[]
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'evergram-deploy-')))
  const teardown = () => rm(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, 'project')
    // Two of them mostly wait for the registry.
    const [nodes] = await Promise.all([findNodes(folder), installCli(), copyProject(copy)])
    const started = Date.now()
    const build = await vercelBuild(copy)
    console.log(`vercel build: exit code ${build.code} in ${Math.round((Date.now() - started) / 1000)} s`)
    project.provide('build', { ...build, project: copy })
    project.provide('nodes', nodes)
    return teardown
  } catch (error) {
    await teardown()
    throw error
  }
}

async function findNodes(cwd: string): Promise<{ version: string; path: string }[]> {
  const own = { version: process.versions.node, path: process.execPath }
  if (Number.parseInt(own.version, 10) === PRODUCTION_NODE) return [own]
  const script = 'console.log(JSON.stringify({ version: process.versions.node, path: process.execPath }))'
  const args = ['-y', '-p', `node@${PRODUCTION_NODE}`, 'node', '-e', script]
  const { stdout } = await promisify(execFile)('npx', args, { cwd })
  return [own, JSON.parse(stdout) as { version: string; path: string }]
}
