/** Every endpoint that the panel uses, by name. */
import { ask, WORK_TIMEOUT_MS } from './client.ts'
import type {
  AccountEnded,
  AccountState,
  Audit,
  ChatMessages,
  Chats,
  DeadLetters,
  Drained,
  Health,
  LoginStep,
  Mailboxes,
  Moved,
  Proof,
  Released,
  Restarted,
  Session,
  Setup,
  Status,
  Tick,
  Which,
} from '../../contract.ts'

export const calls = {
  health: () => ask<Health>('GET', '/health'),
  session: () => ask<Session>('GET', '/session'),
  logIn: (proof: { token: string } | { init_data: string }) => ask<Session>('POST', '/session', proof),
  logOut: () => ask<{ ended: true }>('DELETE', '/session', {}),
  status: () => ask<Status>('GET', '/status'),
  tick: (shards: readonly number[]) => ask<Tick>('GET', `/status?view=tick&shards=${shards.join(',')}`),
  audit: () => ask<Audit>('GET', '/status?view=audit'),
  restart: () => ask<Restarted>('POST', '/restart', {}, WORK_TIMEOUT_MS),
  resetErrors: () => ask<{ error_count_before: number }>('POST', '/reset-errors', {}),
  sweep: () => ask<Drained>('POST', '/drain', {}, WORK_TIMEOUT_MS),
  setPaused: (paused: boolean) =>
    ask<{ paused: boolean; changed: boolean }>('POST', '/processing', { paused }),
  deadLetters: (offset: number, count: number) =>
    ask<DeadLetters>('GET', `/dead-letters?offset=${offset}&count=${count}`),
  move: (action: Moved['action'], which: Which, isDryRun: boolean) =>
    ask<Moved>('POST', '/dead-letters', { action, ...which, dry_run: isDryRun }, WORK_TIMEOUT_MS),
  mailboxes: () => ask<Mailboxes>('GET', '/mailboxes'),
  release: (id: string) => ask<Released>('POST', '/mailboxes', { action: 'release', id }),
  setup: () => ask<Setup>('GET', '/setup'),
  account: () => ask<AccountState>('GET', '/account'),
  accountQr: () => ask<LoginStep>('POST', '/account/qr', {}),
  accountQrCheck: () => ask<LoginStep>('POST', '/account/qr/check', {}),
  accountCode: (phone: string) => ask<LoginStep>('POST', '/account/code', { phone }),
  accountVerify: (guess: { code: string } | { password: string }) =>
    ask<LoginStep>('POST', '/account/verify', guess),
  accountGiveUp: () => ask<{ state: 'none' }>('DELETE', '/account/login', {}),
  accountEnd: () => ask<AccountEnded>('DELETE', '/account', {}),
  accountChats: (cursor: string | null) =>
    ask<Chats>('GET', `/account/chats${cursor === null ? '' : `?cursor=${cursor}`}`),
  accountMessages: (chat: string, before: number | null) =>
    ask<ChatMessages>('GET', `/account/chats/${chat}/messages${before === null ? '' : `?before=${before}`}`),
  prove: () => ask<Proof>('POST', '/setup', { action: 'prove' }, WORK_TIMEOUT_MS),
}
