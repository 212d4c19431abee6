/** What the test server knows: accounts, keys, logins under way, and the faults that a test sets. */
import { randomBytes, randomInt } from 'node:crypto'
import type { Long, tl } from '@mtcute/core'
import type { SrpTry } from './srp.ts'

export interface Account {
  id: number
  /** Digits with a plus. */
  phone: string
  firstName: string
  username: string
  isPremium: boolean
  /** The two-step password; null for none. */
  password: string | null
  hint: string
  /** The data centre where the account lives. */
  home: number
  isDeactivated: boolean
  dialogs: tl.messages.RawDialogs
  /** By the peer's marked id: newest first. */
  history: Map<string, tl.TypeMessage[]>
}

export interface Key {
  /** Hex. */
  id: string
  bytes: Buffer
  dc: number
  salt: Long
  account: Account | null
  /** Who has logged in all but the password. */
  pending: Account | null
  isRevoked: boolean
  srp: { id: Long; attempt: SrpTry } | null
  token: LoginToken | null
}

export interface LoginToken {
  /** Base64url, as in the address. */
  text: string
  bytes: Buffer
  expiresMs: number
  /** Who scanned it. */
  account: Account | null
}

export interface SentCode {
  phone: string
  hash: string
  code: string
  expiresMs: number
}

export interface Faults {
  /** Takes what comes and answers nothing. */
  isMute: boolean
  /** Closes each connection at once. */
  hangsUp: boolean
  /** How far the server's clock is ahead, in seconds. */
  clockSeconds: number
  /** Handshakes whose last answer is wrong, as one in 256 is by the library's fault. */
  brokenHandshakes: number
  /** By method: refused with this, so many times. */
  refusals: Map<string, { code: number; text: string; times: number }>
  /** Methods that take effect once without an answer: the connection ends instead. */
  lostAnswers: Set<string>
  /** By method: how long an answer takes, in ms. */
  delays: Map<string, number>
}

export interface Cloud {
  accounts: Account[]
  keys: Map<string, Key>
  codes: SentCode[]
  tokens: LoginToken[]
  faults: Faults
  /** Methods called, with their data centre: `4 auth.signIn`. */
  calls: string[]
  /** How long a login token is valid, in ms. */
  tokenMs: number
  addresses: { id: number; host: string; port: number }[]
  /** The server's time in seconds. */
  now(): number
  /** Answered with 406 to two connections with one key. */
  duplicates: number
  handshakes: number
}

export function createCloud(): Cloud {
  const cloud: Cloud = {
    accounts: [],
    keys: new Map(),
    codes: [],
    tokens: [],
    faults: {
      isMute: false,
      hangsUp: false,
      clockSeconds: 0,
      brokenHandshakes: 0,
      refusals: new Map(),
      lostAnswers: new Set(),
      delays: new Map(),
    },
    calls: [],
    tokenMs: 30_000,
    addresses: [],
    now: () => Math.floor(Date.now() / 1000) + cloud.faults.clockSeconds,
    duplicates: 0,
    handshakes: 0,
  }
  return cloud
}

/** A refusal that the client gets as an RPC error. */
export class RpcRefusal extends Error {
  readonly code: number
  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

export function newToken(cloud: Cloud): LoginToken {
  const bytes = randomBytes(24)
  const token = {
    text: bytes.toString('base64url'),
    bytes,
    expiresMs: Date.now() + cloud.tokenMs,
    account: null,
  }
  cloud.tokens.push(token)
  return token
}

export function newCode(cloud: Cloud, phone: string): SentCode {
  const code = {
    phone,
    hash: randomBytes(9).toString('hex'),
    code: String(randomInt(10_000, 100_000)),
    expiresMs: Date.now() + 300_000,
  }
  cloud.codes.push(code)
  return code
}
