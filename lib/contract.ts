/**
 * The JSON answers of the functions. The server and the panel share these types, so the compiler keeps both equal.
 * Names are as in the JSON. Times are ISO 8601, ages are in seconds, durations are in milliseconds.
 */

export type Time = string | null

export interface Session {
  authenticated: true
  /** "admin token" or "telegram:<id>". */
  actor: string
  /** Null for a bearer of the admin token, who has no session. */
  expires_at: Time
}

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy'

export interface Health {
  status: HealthStatus
  bot_status: string
  error_count: number
  timestamp: string
  environment: string
  version: string
  region: string
  inbox: {
    pending: number
    oldest_pending_s: number
    dead_letters: number
    last_accepted_at: Time
    last_settled_at: Time
    last_sweep_at: Time
  } | null
  store: { ok: boolean; latency_ms: number | null; error?: string }
  telegram: {
    ok: boolean | null
    webhook_url_matches: boolean | null
    pending_update_count: number
    last_error: string | null
    checked_at: Time
  } | null
  /** Why the status is not healthy, one code each, worst first; empty when it is healthy. */
  reasons: string[]
  /** Names of the faulty variables; present only where the settings are faulty. */
  faulty_variables?: string[]
  /** For operators only. */
  detail?: KnownDetail
}

export interface Slot {
  at: string
  accepted: number
  settled: number
  failed: number
  dead: number
}

export interface Percentiles {
  count: number
  p50_ms: number | null
  p95_ms: number | null
  p99_ms: number | null
}

export interface Shard {
  index: number
  pending: number
  accepted: number
  settled: number
  last_accepted_at: Time
  last_settled_at: Time
  last_sweep_at: Time
  bot: {
    status: string
    errors: number
    epoch: number
    breaker: string | null
    last_reinitialized_at: Time
  }
  /** The current slot and the one before, of this shard only. */
  slots: Slot[]
}

/** The part of the snapshot that only operators see. */
export interface KnownDetail {
  /** All faults, worst first: the reason, and the status that it causes. */
  judged: [reason: string, status: HealthStatus][]
  epoch: number
  breaker: string | null
  breaker_until: Time
  breaker_tries: number
  last_reinitialized_at: Time
  mailboxes: number
  in_flight: number
  accepted: number
  settled: number
  malformed: number
  refused: number
  dead_letters_dropped: number
  webhook: { url: string | null; repaired_at: Time; last_error_at: Time }
  paused: boolean
}

export interface Detail extends KnownDetail {
  latency: { window_s: number; ack: Percentiles; end_to_end: Percentiles }
  history: { slot_s: number; slots: Slot[] }
  shards: Shard[]
  store: {
    used_bytes: number | null
    max_bytes: number | null
    keys: number | null
    eviction_policy: string | null
  }
}

export interface Status extends Omit<Health, 'detail'> {
  detail: Detail | null
  actor: string
}

export interface Tick {
  now: string
  shards: Shard[]
}

/** Why an update became a dead letter: the fields of the error. */
export interface Cause {
  name?: string | undefined
  code?: string | number | undefined
  message?: string | undefined
}

export interface DeadLetter {
  update_id: string
  chat_key: string
  died_at: string
  accepted_at: Time
  attempts: number
  replays: number
  fingerprint: string
  cause: Cause
  bytes: number
  payload: string
}

export interface DeadLetterGroup {
  fingerprint: string
  count: number
  cause: Cause
  newest_at: string
}

export interface DeadLetters {
  total: number
  dropped: number
  bytes: number
  /** At most `count` letters, fewer where they are long. The next page begins after the last of these. */
  dead_letters: DeadLetter[]
  /** Over all letters; with the first page only. */
  groups?: DeadLetterGroup[]
}

/** One dead letter, those of one cause, or all. */
export type Which = { update_id: string } | { fingerprint: string } | { all: true }

export interface Moved {
  action: 'replay' | 'discard'
  dry_run: boolean
  matched: number
  done: number
}

export interface Mailbox {
  id: string
  state: 'leased' | 'expired' | 'waiting' | 'due'
  lease_owner: string | null
  lease_until: Time
  oldest_accepted_at: Time
  age_s: number
  attempts: number
  next_retry_at: Time
  pending: number
}

export interface Mailboxes {
  total: number
  mailboxes: Mailbox[]
}

/** Codes of the remedies for checks that are not in order. */
export const REMEDY_CODES = [
  'set_cron_secret',
  'set_public_url',
  'set_admin_ids',
  'use_https',
  'restart',
  'replace_token',
  'ask_again',
  'switch_eviction_off',
  'look_at_eviction',
  'await_cron',
  'look_at_cron',
  'set_up_account',
  'set_account_key',
] as const
export type RemedyCode = (typeof REMEDY_CODES)[number]

export interface Check {
  id: string
  state: 'ok' | 'warning' | 'fault' | 'unknown'
  /**
   * The finding, independent of a language: an address, a number, a time, the name of an alias, or one of the words
   * set, unset, default, none, preview. Never the value of a variable, nor any part of a secret.
   */
  value: string | null
  /** One English sentence; null where there is nothing to do. */
  remedy: string | null
  /** The code of the remedy, for clients with texts of their own. */
  remedy_code: RemedyCode | null
}

export interface Setup {
  checks: Check[]
}

/** Why workers take no mailbox. */
export const BREAKERS = ['paused', 'telegram', 'token', 'throttled'] as const

/** Why a step of the self-test failed. A step that Telegram refused has Telegram's description instead. */
export const PROOF_ERRORS = [
  ...BREAKERS,
  'not_taken',
  'not_reached',
  'timeout',
  'bot_not_ready',
  'lease_lost',
  'telegram_unreachable',
  'token_revoked',
  'store_unavailable',
  'internal_error',
] as const
export type ProofError = (typeof PROOF_ERRORS)[number]

export interface ProofStep {
  step: 'accept' | 'answer' | 'process' | 'telegram' | 'settle'
  ok: boolean
  /** Null where it was never reached. */
  ms: number | null
  /** A ProofError, or Telegram's description. */
  error: string | null
}

export interface Proof {
  ok: boolean
  steps: ProofStep[]
  total_ms: number
}

/** Results of actions that did not fail. */
export const OUTCOMES = ['ok', 'incomplete', 'unchanged'] as const

export interface AuditEntry {
  at: string
  actor: string
  action: string
  /** An update id, a fingerprint, a hashed chat or client; `*` for all. */
  target: string | null
  /** Independent of a language: a word of OUTCOMES, an error code, a count, or a part of a count, as 3/4. */
  result: string
  /** How many actions in a row this entry counts: refused logins share an entry. */
  count: number
}

export interface Audit {
  entries: AuditEntry[]
}

export interface Restarted {
  restarted: true
  epoch: number
  complete: boolean
  steps: { step: string; ok: boolean; detail?: string }[]
  /** True while an operator's pause is in force: a restart does not end it. */
  paused: boolean | null
}

export interface Drained {
  drained: true
  /** Number of mailboxes that got a worker. */
  mailboxes: number
  /** Present where that number is 0: how many mailboxes hold updates, and the breaker that stops workers. */
  left: { mailboxes: number; breaker: string | null } | null
}

export interface Released {
  released: true
  /** Why workers do not take it. */
  breaker: string | null
}

export const ACCOUNT_STATES = [
  'off',
  'none',
  'qr_waiting',
  'code_sent',
  'password_needed',
  'connected',
  'revoked',
  'unreadable',
] as const
export type AccountStateName = (typeof ACCOUNT_STATES)[number]

export interface AccountUser {
  /** Ids are digits: they do not fit into every language's numbers. */
  id: string
  name: string
  username: string | null
  /** All but the last two digits hidden. */
  phone: string | null
  is_premium: boolean
}

/** How a code reaches the operator. */
export type Delivery = 'app' | 'sms' | 'call' | 'other'

export interface AccountState {
  state: AccountStateName
  account: AccountUser | null
  /** A login under way. */
  login: {
    ends_at: string
    delivery: Delivery | null
    code_length: number | null
    resend_after_s: number | null
    hint: string | null
  } | null
  flood_until: Time
  /** Since when the account is connected, or when it was revoked. */
  since: Time
}

/** What a step of a login answers. */
export type LoginStep =
  | { state: 'qr_waiting'; url: string; expires_at: string; poll_after_ms: number; ends_at: string }
  | {
      state: 'code_sent'
      delivery: Delivery
      code_length: number | null
      resend_after_s: number
      ends_at: string
    }
  | { state: 'password_needed'; hint: string | null }
  | { state: 'connected'; account: AccountUser }

export interface AccountEnded {
  state: 'none'
  ended_at_telegram: boolean
}

export type ChatType = 'self' | 'user' | 'bot' | 'group' | 'supergroup' | 'channel'

export interface ChatMessage {
  id: number
  at: string
  from: { id: string; name: string | null } | null
  text: string
  /** `text`, `photo`, `video`, `voice`, `service` …; `other` for what is newer than this. */
  kind: string
  media: {
    mime: string | null
    bytes: number | null
    duration_s: number | null
    width: number | null
    height: number | null
    file_name: string | null
  } | null
  forwarded_from: string | null
  reply_to: number | null
  edited_at: Time
  /** What happened, where this is a service message: `chat_add_user`. */
  service: string | null
}

export interface Chat {
  /** For /account/chats/:chat/messages. */
  chat: string
  /** The id as bots see it: groups below zero, supergroups and channels from -100…. */
  id: string
  type: ChatType
  /** Null for a deleted account. */
  title: string | null
  username: string | null
  unread: number
  is_pinned: boolean
  is_muted: boolean
  /** False for a broadcast channel: its messages may be shown only beside Telegram's sponsored ones. */
  is_shown: boolean
  last_message: ChatMessage | null
}

export interface Chats {
  chats: Chat[]
  cursor: string | null
}

export interface ChatMessages {
  messages: ChatMessage[]
  before: number | null
}
