/**
 * Builds the programs as JavaScript once a run. The tests start about two hundred servers, and without a loader
 * each start takes half the processor time.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformWithOxc } from 'vite'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Below node_modules, so that imports are found and git ignores it. */
const HOME = join(ROOT, 'node_modules/.cache')
/** The pages are built by Vite, out of their sources. */
const PAGES = ['lib/panel/', 'lib/dev/page/']

export interface Programs {
  /** Holds `lib`, `api` and what they read, as the project's root does. */
  root: string
  remove(): Promise<void>
}

/** @throws where a source cannot be read as TypeScript */
export async function buildPrograms(): Promise<Programs> {
  await mkdir(HOME, { recursive: true })
  const root = await mkdtemp(join(HOME, 'evergram-'))
  const files = (await Promise.all(['api', 'lib'].map(sourcesIn))).flat()
  await Promise.all(files.map((file) => build(file, root)))
  for (const name of ['vercel.json', 'public']) await symlink(join(ROOT, name), join(root, name))
  return { root, remove: () => rm(root, { recursive: true, force: true }) }
}

async function sourcesIn(folder: string): Promise<string[]> {
  const names = await readdir(join(ROOT, folder), { recursive: true })
  const files = names.map((name) => `${folder}/${name}`)
  return files.filter((file) => file.endsWith('.ts') && !PAGES.some((page) => file.startsWith(page)))
}

async function build(file: string, root: string): Promise<void> {
  const { code } = await transformWithOxc(await readFile(join(ROOT, file), 'utf8'), file, {
    typescript: { onlyRemoveTypeImports: true, rewriteImportExtensions: 'rewrite' },
  })
  const target = join(root, file.replace(/\.ts$/, '.js'))
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, code)
}
