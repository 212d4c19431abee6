/** Scripts: Lua that the store runs atomically. Each has a name. Also the Lua that all share, and readers of replies. */
import { StoreError } from './errors.ts'

export interface Script {
  /** Verb first, in lower case with dashes; unique in the project. */
  readonly name: string
  /** The Lua. Its first line is a comment with the name, so that a call can be recognised on the wire. */
  readonly text: string
}

/** Names a script. Called at module level, once a script: the text never changes afterwards. */
export function defineScript(name: string, lua: string): Script {
  return { name, text: `-- evergram ${name}\n${lua}` }
}

/**
 * The functions at the beginning of every script.
 *   clock(given) -> now in ms: the store's own time, or what a test gives
 *   ms(n)        -> n as decimal digits, exact
 *   num(text)    -> a number
 *   read(key, field…) -> {field = value, or false where it is not there}, by one HMGET
 *   evenWhenFull(at)  -> the script goes on while the store is full
 */
export const COMMON_LUA = `
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function ms(n) return string.format('%.0f', n) end
-- A number that an operator's edit made unreadable counts as zero.
local function num(text) return tonumber(text or '0') or 0 end
local function read(hashKey, ...)
  local values, fields = redis.call('HMGET', hashKey, ...), {}
  for i, name in ipairs({...}) do fields[name] = values[i] end
  return fields
end
-- While the store is full, Redis refuses a script at its first write, unless that write can only free memory.
-- A script that drains or heals must go on, so its first write deletes a field that does not exist.
local function evenWhenFull(at) redis.call('HDEL', KEYS[at], '-') end
`

/** Reads the first word of a reply, the tag of its union. @throws StoreError for a word that is not in `tags` */
export function tagOf<const Tag extends string>(reply: readonly string[], tags: readonly Tag[]): Tag {
  const tag = tags.find((candidate) => candidate === reply[0])
  if (tag === undefined) throw new StoreError('unexpected_reply')
  return tag
}

/**
 * Reads the words of a reply by name.
 * @param names one for each word, in the script's order
 * @throws StoreError where the reply has another number of words
 */
export function replyOf<const Name extends string>(
  reply: readonly string[],
  names: readonly Name[],
): Record<Name, string> {
  if (reply.length !== names.length) throw new StoreError('unexpected_reply')
  return Object.fromEntries(names.map((name, index) => [name, reply[index]])) as Record<Name, string>
}
