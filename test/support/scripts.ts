/** The project's Lua from its sources, for tests of rules for every script. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The sources that production runs, by their path below lib. */
export function libraryFiles(): { file: string; source: string }[] {
  const root = fileURLToPath(new URL('../../lib/', import.meta.url))
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('dev'))
    .map((file) => ({ file, source: readFileSync(root + file, 'utf8') }))
}

export interface LuaSource {
  /** Of a script its own name; of shared Lua the constant's. */
  name: string
  text: string
}

/** Every script, without the shared Lua. */
export function scriptSources(): LuaSource[] {
  return matches(/\bdefineScript\(\s*'([^']*)',\s*`([^`]*)`/g)
}

/** The Lua that several scripts share and that calls Redis. */
export function sharedLua(): LuaSource[] {
  return matches(/^(?:export )?const (\w+_LUA) = `([^`]*)`/gm).filter(({ text }) =>
    /redis\.p?call\(/.test(text),
  )
}

function matches(pattern: RegExp): LuaSource[] {
  return libraryFiles().flatMap(({ source }) =>
    [...source.matchAll(pattern)].map(([, name = '', text = '']) => ({ name, text })),
  )
}
