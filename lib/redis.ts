/** The store: one REST round trip for each script, checks of every reply, and the names of all keys. */
import { Redis } from '@upstash/redis'
import type { Config } from './config.ts'
import { StoreError } from './errors.ts'
import type { Script } from './script.ts'
import { systemClock, type Clock } from './time.ts'

/**
 * Number of keys over which the state of all chats is spread. Upstash locks by key when a script allows it, so with one
 * key for all chats their scripts would wait for each other. The number is part of the stored layout: another number
 * leaves the mailboxes of the old layout behind.
 */
export const SHARDS = 8

/** How long the record of a user or chat is kept after its last write, in milliseconds. */
export const PEER_MS = 400 * 86_400_000

/** How long the store remembers a call that must not act twice, in milliseconds: a repeated call follows within seconds. */
export const ACTED_MS = 60_000

/** Time limits of a call of the store. */
export interface CallOptions {
  /** Limit of one try, in milliseconds. Shortens the store's own limit, never lengthens it. */
  timeoutMs?: number
  /** Limit of all tries together, in milliseconds, in place of the store's own. */
  totalMs?: number
}

export interface Store {
  /**
   * Runs a script and returns its reply as words: Lua's strings, integers as digits.
   * Retries while the outcome is unknown, so a script must be re-entrant or harmless to repeat.
   * @throws StoreError
   */
  run(
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    options?: CallOptions,
  ): Promise<string[]>
  /** The time for scripts: empty for the store's own clock; tests set it (milliseconds since 1970). */
  now(): string
  keys: Keys
}

/** Commands without a script: reads that cost less this way, and commands that a script cannot run. */
export interface Reader {
  /**
   * Fields of several HASHes in one REST round trip, at one command a key; a script would cost one more.
   * @returns the fields of each key in order, null for one that is not there
   * @throws StoreError
   */
  readFields(
    asked: readonly { key: string; fields: readonly string[] }[],
    options?: CallOptions,
  ): Promise<(string | null)[][]>
  /** Runs a command about the store (INFO, DBSIZE). @throws StoreError also where the store lacks the command */
  ask(command: readonly [string, ...string[]], options?: CallOptions): Promise<string>
}

export type Keys = ReturnType<typeof keysUnder>

/** Every key of the project, with its type. `chatKey` and ids are decimal digits or `update:<id>`. */
export function keysUnder(prefix: string) {
  const shards = Array.from({ length: SHARDS }, (_, index) => index)
  return {
    /** HASH: the shard's mailbox records and counters, and its copy of the bot's state. */
    shard: (index: number) => `${prefix}:shard:${index}`,
    /** ZSET chat key -> when it needs a worker (ms), or minus the time since when it is idle. */
    due: (index: number) => `${prefix}:due:${index}`,
    allShards: shards.map((index) => `${prefix}:shard:${index}`),
    allDue: shards.map((index) => `${prefix}:due:${index}`),
    /** LIST: envelopes that wait behind the mailbox's head. */
    backlog: (chatKey: string) => `${prefix}:backlog:${chatKey}`,
    /** STRING, expires: the owner that accepted this update id. */
    seen: (updateId: string) => `${prefix}:seen:${updateId}`,
    /** HASH: the record of a user or chat: language, rate window, whether it blocked the bot. */
    peer: (id: string) => `${prefix}:peer:${id}`,
    /** HASH update id -> dead letter; ZSET update id -> when it died (ms). */
    dead: `${prefix}:dead`,
    deadAt: `${prefix}:dead:at`,
    /** STRING, expires: the answer of a call that was carried out. */
    acted: (callId: string) => `${prefix}:acted:${callId}`,
    /** LIST, capped: samples of request bodies that are no updates. */
    malformed: `${prefix}:malformed`,
    /** HASH: Telegram's own view of the webhook, as last read. */
    telegram: `${prefix}:telegram`,
    /** HASH cause -> time of the last alert (ms) and id of its call; `cron_at`: the cron's last call (ms). */
    alerts: `${prefix}:alerts`,
    /** STRING, expires: the owner that re-initialises the bot at the moment. */
    healLock: `${prefix}:heal`,
    /** HASH, expires: wrong logins of one client (by its hash) in the present window. */
    wrongTries: (client: string) => `${prefix}:wrong:${client}`,
    /** STRING, expires: this session of an operator was ended. */
    endedSession: (id: string) => `${prefix}:ended:${id}`,
    /** LIST, capped, newest first: actions of operators. */
    audit: `${prefix}:audit`,
    /** Of an operator's Telegram account. STRING session, sealed; STRING login, sealed, expires; STRING lock, expires. */
    accountSession: (operator: string) => `${prefix}:account:${operator}:session`,
    accountLogin: (operator: string) => `${prefix}:account:${operator}:login`,
    accountLock: (operator: string) => `${prefix}:account:${operator}:lock`,
    /** HASH, expires: method -> until when Telegram refuses it (ms); HASH, expires: what our own limits count. */
    accountFlood: (operator: string) => `${prefix}:account:${operator}:flood`,
    accountTries: (operator: string) => `${prefix}:account:${operator}:tries`,
    /** SET: operators with a session. */
    accounts: `${prefix}:accounts`,
  }
}

/** The shard of a chat key: FNV-1a. It must never change. */
export function shardOf(chatKey: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < chatKey.length; i++) hash = Math.imul(hash ^ chatKey.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % SHARDS
}

/** Limits where the options of openStore give none. */
const LIMITS: Config['storeLimits'] = { tryMs: 3_000, totalMs: 4_000 }

/**
 * Opens the store of this deployment. Sends nothing.
 * @param options.limits longest wait for the answer to one try, and for all tries of a call that gives no own total
 */
export function openStore(
  config: Pick<Config, 'store' | 'keyPrefix' | 'storeKeyLocking'>,
  options: { clock?: Clock; now?: () => string; limits?: Config['storeLimits'] } = {},
): Store & Reader {
  const { clock = systemClock, limits: own = LIMITS } = options
  const connect = (timeoutMs: number) =>
    new Redis({
      url: config.store.url,
      token: config.store.token,
      automaticDeserialization: false,
      enableTelemetry: false,
      readYourWrites: false,
      enableAutoPipelining: false,
      // The client's retries can run a command six times. `send` below retries within its time limits instead.
      retry: { retries: 0 },
      // A function: with a fixed signal that times out, the client answers null, which looks like success.
      signal: () => AbortSignal.timeout(timeoutMs),
    })
  const flag = config.storeKeyLocking ? '#!lua flags=allow-key-locking\n' : ''
  /** Retries while the outcome is unknown and time is left. */
  const send = async <Reply>(
    { timeoutMs = own.tryMs, totalMs = own.totalMs }: CallOptions,
    call: (redis: Redis) => Promise<Reply>,
  ): Promise<Reply> => {
    const start = clock.monotonicMs()
    for (let attempt = 0, leftMs = totalMs; ; attempt++) {
      try {
        return await call(connect(Math.ceil(Math.min(timeoutMs, own.tryMs, leftMs))))
      } catch (error) {
        const failure = error instanceof StoreError ? error : storeError(error)
        const pauseMs = Math.min(50 * 2 ** attempt, 2_000)
        leftMs = totalMs - (clock.monotonicMs() - start) - pauseMs
        if (failure.definite || leftMs < 50) throw failure
        await clock.sleep(pauseMs)
      }
    }
  }
  return {
    keys: keysUnder(config.keyPrefix),
    now: options.now ?? (() => ''),
    run: (script, keys, args, limits = {}) =>
      // EVAL and not EVALSHA: always one round trip, also after the store's script cache was flushed.
      send(limits, async (redis) => words(await redis.eval(flag + script.text, [...keys], [...args]))),
    readFields: (asked, limits = {}) =>
      send(limits, async (redis) => {
        const pipeline = redis.pipeline()
        for (const { key, fields } of asked) pipeline.hmget(key, ...fields)
        const replies: unknown = await pipeline.exec()
        if (!Array.isArray(replies) || replies.length !== asked.length)
          throw new StoreError('unexpected_reply')
        return asked.map(({ fields }, index) => valuesOf(replies[index], fields.length))
      }),
    ask: (command, limits = {}) =>
      send(limits, async (redis) => words([await redis.exec([...command])])[0] ?? ''),
  }
}

/** Checks that a reply has a word or null for each field. */
function valuesOf(reply: unknown, count: number): (string | null)[] {
  if (!Array.isArray(reply) || reply.length !== count) throw new StoreError('unexpected_reply')
  return reply.map((value: unknown) => (value === null ? null : (words([value])[0] ?? null)))
}

/** Checks that a reply is a flat list of words, as every script returns it. */
function words(reply: unknown): string[] {
  if (!Array.isArray(reply) || reply.length === 0) throw new StoreError('unexpected_reply')
  return reply.map((word: unknown) => {
    if (typeof word === 'string') return word
    if (typeof word === 'number' && Number.isSafeInteger(word)) return String(word)
    throw new StoreError('unexpected_reply')
  })
}

/**
 * Maps an error of the client to a code. The client appends the whole command with its payload to the message, so
 * only the part before the command is read. A refusal by the store is definite. After everything else (a 5xx, HTML,
 * a cut answer) the outcome is unknown.
 */
function storeError(error: unknown): StoreError {
  if (!(error instanceof Error)) return new StoreError('unreachable')
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return new StoreError('timeout')
  if (error.name !== 'UpstashError') return new StoreError('unreachable')
  const said = error.message.split(', command was:')[0] ?? ''
  if (/WRONGPASS|NOAUTH|NOPERM|Unauthorized/i.test(said))
    return new StoreError('unauthorized', { definite: true })
  // The command was not carried out, and none will be until the plan's next day or month.
  if (/max (daily |monthly )?requests? limit|quota/i.test(said)) {
    return new StoreError('quota_exceeded', { definite: true })
  }
  if (/\bOOM\b|maxmemory/.test(said)) return new StoreError('store_full', { definite: true })
  if (/WRONGTYPE/.test(said)) return new StoreError('wrong_type', { definite: true })
  if (/user_script|running script|compiling script/i.test(said)) {
    return new StoreError('script_failed', { definite: true })
  }
  if (/unknown (sub)?command|command is not available|not allowed|not supported/i.test(said)) {
    return new StoreError('not_supported', { definite: true })
  }
  return new StoreError('bad_answer')
}
