/** A session between two calls: the key of one data centre, where that is, and the salts for the next messages. */
import type { MemoryStorage } from '@mtcute/core'

export interface SavedSession {
  dc: number
  /** The authorisation key, base64: who has it owns the session. */
  key: string
  /** The library's small values by name, base64: the address of the data centre and the salts. */
  kv: Record<string, string>
}

/** Puts a saved session where the library finds it. Must come before the client is made, which reads it once. */
export function restore(storage: MemoryStorage, { dc, key, kv }: SavedSession): void {
  storage.authKeys.set(dc, Buffer.from(key, 'base64'))
  for (const [name, value] of Object.entries(kv)) storage.kv.set(name, Buffer.from(value, 'base64'))
}

/** What to keep of the session on this data centre; null while it has no key. */
export function save(storage: MemoryStorage, dc: number): SavedSession | null {
  const key = storage.authKeys.get(dc)
  if (!key) return null
  const names = ['dc_main', 'dc_media', `salts:${dc}`]
  const kv = names.flatMap((name): [string, string][] => {
    const value = storage.kv.get(name)
    return value ? [[name, base64(value)]] : []
  })
  return { dc, key: base64(key), kv: Object.fromEntries(kv) }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
