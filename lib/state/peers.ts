/** The records of users and chats, one HASH each: language, rate window, whether the bot is blocked. */
import { PEER_MS, type Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'

/**
 * KEYS  1 HASH peer
 * ARGV  1 peer ms · 2… field, value; an empty value deletes the field
 * Returns [stored]
 * Lifetime  peer expires
 * Again     the same
 */
const REMEMBER = defineScript(
  'remember-peer',
  `${COMMON_LUA}
evenWhenFull(1)
for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i])
  else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return {'stored'}
`,
)

/**
 * KEYS  1 HASH peer
 * Returns [erased, number of records]
 * Again   [erased, 0]
 */
const FORGET = defineScript('forget-peer', `return {'erased', redis.call('DEL', KEYS[1])}`)

/**
 * KEYS  1 HASH old peer · 2 HASH new peer
 * ARGV  1 peer ms
 * Returns [moved|gone]; a field that the new peer already has stays as it is
 * Lifetime  the new peer expires
 * Again     gone
 */
const MOVE = defineScript(
  'move-peer',
  `${COMMON_LUA}
evenWhenFull(1)
local old = redis.call('HGETALL', KEYS[1])
if #old == 0 then return {'gone'} end
for i = 1, #old, 2 do redis.call('HSETNX', KEYS[2], old[i], old[i + 1]) end
redis.call('DEL', KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return {'moved'}
`,
)

/** @throws StoreError */
export async function rememberLanguage(store: Store, userId: string, language: string): Promise<void> {
  await store.run(REMEMBER, [store.keys.peer(userId)], [String(PEER_MS), 'language', language])
}

/** @throws StoreError */
export async function markBlocked(store: Store, chatId: string, blocked: boolean): Promise<void> {
  await store.run(REMEMBER, [store.keys.peer(chatId)], [String(PEER_MS), 'blocked', blocked ? '1' : ''])
}

/** @throws StoreError */
export async function movePeer(store: Store, fromChatId: string, toChatId: string): Promise<void> {
  await store.run(MOVE, [store.keys.peer(fromChatId), store.keys.peer(toChatId)], [String(PEER_MS)])
}

/** @returns the number of records erased @throws StoreError */
export async function forgetPeer(store: Store, userId: string): Promise<number> {
  const reply = await store.run(FORGET, [store.keys.peer(userId)], [])
  tagOf(reply, ['erased'])
  return Number(reply[1])
}
