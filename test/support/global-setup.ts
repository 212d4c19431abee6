/**
 * Shared by all tests, once a run: the stores, each engine behind its own store front, and the programs that
 * they start.
 */
import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { findNative, startEngine, type EngineKind } from '../../lib/dev/store/engine.ts'
import { startStoreFront } from '../../lib/dev/store/front.ts'
import { buildPrograms } from './programs.ts'

/** How a test reaches one engine: by REST through its front, and by RESP directly. */
export interface SharedStore {
  url: string
  token: string
  redisPort: number
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The engines of this run; native is null where the machine has no redis-server. */
    stores: Record<EngineKind, SharedStore | null>
    /** The output folder of `buildPrograms`. */
    programs: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const closers: (() => Promise<void>)[] = []
  const teardown = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close()
  }
  const start = async (kind: EngineKind): Promise<SharedStore> => {
    const engine = await startEngine({ kind })
    closers.push(() => engine.close())
    const token = randomBytes(24).toString('base64url')
    const front = await startStoreFront({ redisPort: engine.port, token })
    closers.push(() => front.close())
    return { url: front.url, token, redisPort: engine.port }
  }
  const hasNative = findNative() !== null
  if (!hasNative && process.env.CI) {
    throw new Error('CI must test on a real engine: install redis-server or valkey-server')
  }
  if (!hasNative) {
    console.warn('SKIPPED: every suite on the native engine (no redis-server or valkey-server on PATH)')
  }
  try {
    const js = await start('js')
    const native = hasNative ? await start('native') : null
    project.provide('stores', { js, native })
    const programs = await buildPrograms()
    closers.push(() => programs.remove())
    project.provide('programs', programs.root)
    return teardown
  } catch (error) {
    await teardown()
    throw error
  }
}
