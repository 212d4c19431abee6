/** Every store call of the project, for tests of rules for every script. */
import { expect } from 'vitest'
import { forgetPeer, markBlocked, movePeer, rememberLanguage } from '../../lib/state/peers.ts'
import { alertAdmins, noteUnhealthy } from '../../lib/operator/alerts.ts'
import { appendAudit, readAudit } from '../../lib/operator/audit.ts'
import { noteCron, sinceCron } from '../../lib/operator/cron.ts'
import { isPaused, setPaused } from '../../lib/state/pause.ts'
import { readAllShards } from '../../lib/state/shards.ts'
import { readSnapshot } from '../../lib/state/snapshot.ts'
import { claimHeal, finishHeal, keepHeal, resetErrors } from '../../lib/state/bot-state.ts'
import { refreshView } from '../../lib/webhook/telegram-view.ts'
import { isToldSecret, recordSecret } from '../../lib/webhook/secret.ts'
import { endSession, isEnded } from '../../lib/auth/ended-sessions.ts'
import { countWrongTry } from '../../lib/auth/login-limit.ts'
import { groupDeadLetters, listDeadLetters, listHeads } from '../../lib/inbox/dead-letter-list.ts'
import { discard, replay } from '../../lib/inbox/dead-letters.ts'
import { DEAD_LETTERS_MAX_BYTES } from '../../lib/inbox/fail.ts'
import { findMailbox, listMailboxes, releaseMailbox } from '../../lib/inbox/mailboxes.ts'
import { keepMalformed } from '../../lib/inbox/malformed.ts'
import { giveAccount, NO_CHANGES } from '../../lib/account/give.ts'
import { listAccounts, lookAtAccount } from '../../lib/account/look.ts'
import { takeAccount, type Rule } from '../../lib/account/take.ts'
import { createLogger } from '../../lib/log.ts'
import { CHAT, HOUR_MS, LEASE_MS, NEIGHBOURS, STRANGERS, type Inbox } from './inbox.ts'

const [NEIGHBOUR = ''] = NEIGHBOURS
const [STRANGER = ''] = STRANGERS

type Work = (inbox: Inbox) => Promise<unknown>

const log = createLogger({ level: 'silent', redact: (line) => line })
const rate = { requests: 1, windowMs: 60_000 }
const info = { url: 'https://elsewhere.example/webhook', pending_update_count: 0 }
const viewDeps = ({ store }: Inbox) => ({
  store,
  log,
  config: { publicUrl: 'https://bot.example', isPreview: false, webhookSecret: 'a-webhook-secret' },
  call: (method: string) => Promise.resolve(method === 'getWebhookInfo' ? info : true),
  redact: (text: string) => text,
})
const alertDeps = ({ store }: Inbox, isReached: boolean) => ({
  store,
  log,
  config: { adminTelegramIds: new Set(['1']) },
  call: () => (isReached ? Promise.resolve(true) : Promise.reject(new Error('away'))),
})
const spoilRecord = (inbox: Inbox) => inbox.setField(`m:${CHAT}`, 'nonsense')
const spoilBacklog = async (inbox: Inbox) => {
  await inbox.raw('DEL', inbox.keys.backlog(CHAT))
  await inbox.raw('SET', inbox.keys.backlog(CHAT), 'x')
}

/** Every operation of the project, in each variant that touches another key. */
export const OPERATIONS: Record<string, Work> = {
  async accept(inbox) {
    await inbox.filled(['1', '2'], { user: '5', rate })
    await inbox.accept('2', { owner: 'me', user: '5' })
    await inbox.leased('3', { chat: NEIGHBOUR, user: '5' })
    inbox.nowMs += LEASE_MS
    expect(await inbox.accept('4', { user: '5' })).toMatchObject({
      expired: NEIGHBOUR,
      lease: { updateId: '1' },
    })
    await inbox.raw('DEL', inbox.dueKey(STRANGER))
    await inbox.raw('SET', inbox.dueKey(STRANGER), 'x')
    await expect(inbox.accept('5', { chat: STRANGER })).rejects.toThrow()
  },
  async 'accept into what was spoilt'(inbox) {
    await inbox.filled(['1', '2'])
    await spoilRecord(inbox)
    await inbox.accept('3')
    await spoilBacklog(inbox)
    await inbox.accept('4')
    await spoilRecord(inbox)
    await inbox.raw('HDEL', inbox.shardKey(CHAT), `h:${CHAT}`)
    await inbox.accept('5')
    await inbox.raw('RPUSH', inbox.keys.seen('6'), 'x')
    expect(await inbox.accept('6')).toMatchObject({ word: 'accepted' })
  },
  async settle(inbox) {
    const lease = await inbox.filled(['1', '2', '3'])
    inbox.nowMs += LEASE_MS / 2
    await inbox.setBot({ errors: 2 })
    const settled = await inbox.settle(lease)
    await inbox.settle(lease)
    if (settled.word !== 'settled' || !settled.next) throw new Error(settled.word)
    await inbox.settle(settled.next, { takeNext: false, errors: 1 })
    await spoilBacklog(inbox)
    await inbox.settle(await inbox.taken())
  },
  async fail(inbox) {
    const lease = await inbox.filled(['1', '2', '3'])
    await inbox.fail(lease, { countsAsError: true, delayMs: 0 })
    await inbox.fail(await inbox.taken(), { action: 'wait', limited: true, delayMs: 0 })
    await inbox.fail(await inbox.leased('4', { chat: STRANGER }), {
      action: 'wait',
      limited: true,
      delayMs: 1,
    })
    inbox.nowMs += HOUR_MS
    await inbox.dies(await inbox.taken())
    await inbox.raw('HSET', inbox.keys.dead, '#bytes', String(2 * DEAD_LETTERS_MAX_BYTES))
    await inbox.dies(await inbox.taken())
    await spoilBacklog(inbox)
    await inbox.fail(await inbox.taken(), { action: 'dead', breaker: 'telegram', outage: false })
  },
  async take(inbox) {
    await inbox.take()
    await inbox.filled(['1', '2'])
    await inbox.take()
    inbox.nowMs += LEASE_MS
    await inbox.fail(await inbox.taken(), { delayMs: 10 })
    await inbox.take()
    await spoilRecord(inbox)
    await inbox.taken()
    await inbox.setBot({ breaker: 'paused' })
    await inbox.take()
  },
  async renew(inbox) {
    await inbox.renew(await inbox.leased('1'))
  },
  async sweep(inbox) {
    await inbox.sweep()
    await inbox.settle(await inbox.leased('1'))
    await inbox.leased('2', { chat: STRANGER })
    inbox.nowMs += HOUR_MS
    await inbox.sweep()
    await inbox.leased('3')
    inbox.nowMs -= HOUR_MS / 2
    expect(await inbox.sweep({ intervalMs: 5 })).not.toBeNull()
    expect(await inbox.sweep({ intervalMs: 5 })).toBeNull()
  },
  async 'dead letters'(inbox) {
    for (const id of ['1', '2', '3', '4', '5']) await inbox.dies(await inbox.leased(id))
    await inbox.dies(await inbox.leased('6', { chat: NEIGHBOUR }))
    await listDeadLetters(inbox.store, { offset: 0, count: 10 })
    await listHeads(inbox.store)
    await listHeads(inbox.store, '1')
    await discard(inbox.store, '1')
    await discard(inbox.store, '1', '5')
    for (const updateId of ['2', '3', '2']) await replay(inbox.store, { updateId, chatKey: CHAT })
    await spoilRecord(inbox)
    await spoilBacklog(inbox)
    await replay(inbox.store, { updateId: '6', chatKey: NEIGHBOUR }, { updateId: '4', chatKey: CHAT })
  },
  malformed: ({ store }) => keepMalformed(store, 'not JSON', '{'),
  async peers({ store }) {
    await rememberLanguage(store, '5', 'ru')
    await markBlocked(store, '5', true)
    await markBlocked(store, '5', false)
    await movePeer(store, '5', '6')
    await movePeer(store, '5', '6')
    await forgetPeer(store, '6')
  },
  async healing({ store }) {
    await claimHeal(store, 'a', 'restart', 10)
    await claimHeal(store, 'b', 'probe', 10)
    await keepHeal(store, 'a')
    await finishHeal(store, 'a', { status: 'FAILED', nextProbeMs: 10 })
    await claimHeal(store, 'c', 'restart', 10)
    await finishHeal(store, 'c', { status: 'OK', info: '{}' })
    await finishHeal(store, 'c', { status: 'OK', info: '{}' })
    await resetErrors(store)
  },
  async 'the snapshot'(inbox) {
    for (const chat of NEIGHBOURS.slice(0, 20)) await inbox.leased(`1${chat}`, { chat })
    await inbox.raw(
      'ZADD',
      inbox.dueKey(),
      ...Array.from({ length: 200 }, (_, i) => [`${i + 1}`, `x${i}`]).flat(),
    )
    await readSnapshot(inbox.store)
  },
  async 'Telegram’s view'(inbox) {
    await recordSecret(inbox.store, 'one')
    await recordSecret(inbox.store, 'two')
    await isToldSecret(inbox.store, 'one')
    await isToldSecret(inbox.store, 'three')
    await refreshView(viewDeps(inbox))
    await refreshView(viewDeps(inbox))
  },
  async alerts(inbox) {
    await alertAdmins(alertDeps(inbox, false), 'cause', 'text')
    await alertAdmins(alertDeps(inbox, true), 'cause', 'text')
    await noteUnhealthy(inbox.store, true)
    await noteUnhealthy(inbox.store, false)
  },
  async logins({ store }) {
    for (let i = 0; i < 7; i++) await countWrongTry(store, 'a-client')
    await endSession(store, 'a-session')
    expect(await isEnded(store, 'a-session')).toBe(true)
  },
  async accounts({ store }) {
    const take = (owner: string, rule: Rule) =>
      takeAccount(store, 'admin', { owner, rule, methods: ['a.method'] })
    await take('a', 'code')
    await giveAccount(store, 'admin', 'a', {
      ...NO_CHANGES,
      login: 'a login',
      loginMs: 60_000,
      areGuessesNew: true,
    })
    await take('b', 'verify')
    await giveAccount(store, 'admin', 'b', { ...NO_CHANGES, login: 'the same', refund: 'verify' })
    await take('c', 'code')
    await giveAccount(store, 'admin', 'c', {
      ...NO_CHANGES,
      session: 'a session',
      login: 'drop',
      refund: 'code',
    })
    expect(await listAccounts(store)).toEqual(['admin'])
    await take('d', 'read')
    expect(await take('e', 'read')).toMatchObject({ word: 'busy' })
    await giveAccount(store, 'admin', 'd', {
      ...NO_CHANGES,
      session: 'drop',
      flood: { method: 'a.method', ms: 1000 },
    })
    expect(await lookAtAccount(store, 'admin')).toMatchObject({ session: '', login: '' })
  },
  async 'the audit log'({ store }) {
    const entry = { actor: 'admin token', target: null, result: 'ok' }
    await appendAudit(store, { ...entry, action: 'restart' })
    for (let i = 0; i < 2; i++) await appendAudit(store, { ...entry, action: 'login_refused' })
    expect(await readAudit(store)).toHaveLength(2)
  },
  async 'pause and cron'({ store }) {
    await setPaused(store, true)
    expect(await isPaused(store)).toBe(true)
    await setPaused(store, false)
    await noteCron(store)
    await sinceCron(store)
  },
  async 'mailboxes and shards'(inbox) {
    await inbox.filled(['1', '2'])
    await inbox.leased('3', { chat: NEIGHBOUR })
    await inbox.leased('4', { chat: STRANGER })
    await listMailboxes(inbox.store, 1)
    await findMailbox(inbox.store, (chat) => chat === STRANGER)
    await releaseMailbox(inbox.store, CHAT)
    await spoilRecord(inbox)
    await spoilBacklog(inbox)
    await releaseMailbox(inbox.store, CHAT)
    await readAllShards(inbox.store, inbox.nowMs, HOUR_MS)
    await inbox.dies(await inbox.taken())
    await groupDeadLetters(inbox.store)
  },
}
