/**
 * Evergram and the peers as plain JavaScript in a folder of their own: what a platform starts. The files stay as
 * they are, one for one, with their types taken out; `node_modules` are links.
 */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What is started, and nothing that only development needs. */
const SOURCES = ['api', 'lib', 'test/bench/peers']
const LEFT_OUT = /^lib\/(dev|panel)\//

export interface Build {
  /** The file of the build that stands for a file of the project. */
  path(source: string): string
}

/** The folder is removed when this process ends. */
export async function build(): Promise<Build> {
  const folder = await mkdtemp(join(tmpdir(), 'evergram-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = (source: string) => join(folder, source.replace(/\.ts$/, '.js'))
  for (const source of SOURCES) {
    for (const entry of await readdir(join(ROOT, source), { recursive: true })) {
      const name = `${source}/${entry}`
      if (!name.endsWith('.ts') || LEFT_OUT.test(name)) continue
      const { outputText } = ts.transpileModule(await readFile(join(ROOT, name), 'utf8'), {
        fileName: name,
        compilerOptions: {
          target: ts.ScriptTarget.ES2023,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
          rewriteRelativeImportExtensions: true,
        },
      })
      await mkdir(dirname(path(name)), { recursive: true })
      await writeFile(path(name), outputText)
    }
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await symlink(join(ROOT, 'test/bench/node_modules'), join(folder, 'test/bench/node_modules'))
  return { path }
}
