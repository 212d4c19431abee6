/** What the front takes as a command, and what it refuses. */

/**
 * All requests share one connection. So the front refuses commands that block it, change its mode, send more or fewer
 * than one reply, or end the server, and no others.
 */
const REFUSED = new Set(
  `AUTH HELLO RESET QUIT SELECT ASKING MULTI EXEC DISCARD WATCH UNWATCH MONITOR SYNC PSYNC REPLCONF
  SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE
  BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF MIGRATE SAVE
  SHUTDOWN DEBUG FAILOVER REPLICAOF SLAVEOF`.split(/\s+/),
)
const REFUSED_SUBCOMMANDS: Partial<Record<string, ReadonlySet<string>>> = {
  CLIENT: new Set(['REPLY', 'TRACKING', 'CACHING', 'NO-EVICT', 'NO-TOUCH', 'PAUSE', 'KILL']),
  SCRIPT: new Set(['DEBUG']),
}

/** An exception with the answer that ends a request early. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A list of commands. @throws Refusal(400) */
export function readList(value: unknown): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0 && value.every(Array.isArray)) return value
  throw new Refusal(400, 'ERR failed to parse the request: a list of commands was expected')
}

/**
 * A command's arguments as text. @upstash/redis sends strings, numbers and booleans unchanged and everything else as
 * JSON text. Only `undefined` arrives as null, which is always a mistake of the caller.
 * @throws Refusal(400) for anything else, and for a command that is refused
 */
export function readCommand(value: unknown): string[] {
  if (!Array.isArray(value) || typeof value[0] !== 'string' || value[0] === '') {
    throw new Refusal(400, 'ERR failed to parse the request: a command was expected')
  }
  const args = value.map((arg: unknown, index) => {
    if (typeof arg === 'string') return arg
    if (typeof arg === 'number' || typeof arg === 'boolean') return String(arg)
    throw new Refusal(400, `ERR argument ${index} of '${value[0]}' is not a string, number or boolean`)
  })
  const name = value[0].toUpperCase()
  const subcommand = args[1]?.toUpperCase() ?? ''
  if (REFUSED.has(name)) throw notAllowed(name)
  if (REFUSED_SUBCOMMANDS[name]?.has(subcommand)) throw notAllowed(`${name} ${subcommand}`)
  if ((name === 'XREAD' || name === 'XREADGROUP') && blocks(args)) throw notAllowed(`${name} BLOCK`)
  return args
}

function notAllowed(command: string): Refusal {
  return new Refusal(400, `ERR Command "${command}" is not allowed in REST or it has a special context path`)
}

/** True where an XREAD blocks: BLOCK is an option, not a key and not the name of a group or consumer. */
function blocks(args: readonly string[]): boolean {
  for (let index = 1; index < args.length; index += 1) {
    const option = args[index]?.toUpperCase()
    if (option === 'BLOCK') return true
    if (option === 'STREAMS') return false
    if (option === 'GROUP') index += 2
    if (option === 'COUNT') index += 1
  }
  return false
}
