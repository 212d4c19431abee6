/** What is sealed: an account's session, and a login under way. */
import type { AccountUser, Delivery } from '../contract.ts'
import type { SavedSession } from '../mtproto/saved.ts'
import { open, seal, type Opened } from './seal.ts'

export type SessionRecord =
  | {
      kind: 'connected'
      session: SavedSession
      user: AccountUser
      sinceMs: number
      /** When the salts in `session` were written. */
      saltsMs: number
    }
  /** Telegram ended it; kept so that the state can say so. */
  | { kind: 'revoked'; sinceMs: number }

export interface LoginRecord {
  kind: 'qr' | 'code' | 'password'
  session: SavedSession | null
  endsMs: number
  /** An answer of Telegram was lost: the account may be logged in already. */
  isUnsure: boolean
  phone: string | null
  phoneCodeHash: string | null
  delivery: Delivery | null
  codeLength: number | null
  resendMs: number | null
  hint: string | null
}

/** The names that are bound into the sealed texts, without the prefix: data that moves to another prefix still opens. */
const nameOf = (operator: string, part: 'session' | 'login') => `account:${operator}:${part}`

export function sealSession(keys: readonly Buffer[], operator: string, record: SessionRecord): string {
  return seal(keys, nameOf(operator, 'session'), record)
}

export function sealLogin(keys: readonly Buffer[], operator: string, record: LoginRecord): string {
  return seal(keys, nameOf(operator, 'login'), record)
}

export interface Read<Record> {
  record: Record | null
  /** True for a text that does not open. */
  isUnreadable: boolean
  isOld: boolean
}

export function openSession(keys: readonly Buffer[], operator: string, text: string): Read<SessionRecord> {
  return read(text, open(keys, nameOf(operator, 'session'), text))
}

export function openLogin(keys: readonly Buffer[], operator: string, text: string): Read<LoginRecord> {
  return read(text, open(keys, nameOf(operator, 'login'), text))
}

function read<Record>(text: string, opened: Opened | null): Read<Record> {
  if (text === '') return { record: null, isUnreadable: false, isOld: false }
  // Only this code seals, so what opens is what it sealed.
  return {
    record: (opened?.content ?? null) as Record | null,
    isUnreadable: !opened,
    isOld: opened?.isOld ?? false,
  }
}
