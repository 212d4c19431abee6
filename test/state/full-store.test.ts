/** A full store must not stop a bot from healing: only a bot that works empties it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { markBlocked, movePeer, rememberLanguage } from '../../lib/state/peers.ts'
import { noteUnhealthy } from '../../lib/operator/alerts.ts'
import { appendAudit, readAudit } from '../../lib/operator/audit.ts'
import { noteCron } from '../../lib/operator/cron.ts'
import { setPaused } from '../../lib/state/pause.ts'
import { claimHeal, finishHeal, keepHeal, resetErrors } from '../../lib/state/bot-state.ts'
import { refreshView } from '../../lib/webhook/telegram-view.ts'
import { isToldSecret } from '../../lib/webhook/secret.ts'
import { fingerprint } from '../../lib/config.ts'
import { endSession, isEnded } from '../../lib/auth/ended-sessions.ts'
import { openOwnInbox, type Inbox } from '../support/inbox.ts'
import { engines } from '../support/store.ts'
import { recordLog, stubTelegram } from '../support/virtual.ts'

describe.skipIf(!engines.includes('native'))('with a full store [native]', () => {
  let inbox: Inbox
  beforeAll(async () => {
    inbox = (await openOwnInbox()).inbox
  })
  afterAll(() => inbox.cleanup())
  const setLimit = (bytes: number) => inbox.raw('CONFIG', 'SET', 'maxmemory', String(bytes))
  beforeEach(async () => {
    await setLimit(0)
    await inbox.raw('FLUSHALL')
    await inbox.filled(['1', '2'])
  })

  it.each([
    ['OK', { status: 'OK', info: '{}' }],
    ['FAILED', { status: 'FAILED', nextProbeMs: 1000 }],
  ] as const)(
    'a bot whose breaker is open is healed, or its failure recorded: %s',
    async (status, result) => {
      await inbox.setBot({ breaker: 'telegram', breaker_until: '0', status: 'FAILED' })
      await setLimit(1)
      expect(await claimHeal(inbox.store, 'a', 'probe', 10)).toMatchObject({ word: 'claimed' })
      expect(await keepHeal(inbox.store, 'a')).toBe(true)
      expect(await finishHeal(inbox.store, 'a', result)).not.toBeNull()
      expect(await inbox.botField('status')).toEqual(Array<string>(8).fill(status))
    },
  )

  it('errors are reset, the webhook is read and repaired, the unhealthy state is stored', async () => {
    await inbox.setBot({ errors: 3 })
    await setLimit(1)
    expect(await resetErrors(inbox.store)).toBe(3)
    const config = { publicUrl: 'https://bot.example.com', isPreview: false, webhookSecret: 'a-secret' }
    const telegram = stubTelegram()
    const redact = (text: string) => text
    await refreshView({ store: inbox.store, config, call: telegram.call, log: recordLog().log, redact })
    expect(telegram.methods()).toEqual(['getWebhookInfo', 'setWebhook', 'getWebhookInfo'])
    expect(await isToldSecret(inbox.store, fingerprint('a-secret'))).toBe(true)
    await noteUnhealthy(inbox.store, true)
  })

  it('operators can log in and out, pause and resume, and the audit log has it', async () => {
    const { store } = inbox
    await setLimit(1)
    await endSession(store, 'a-session')
    expect(await isEnded(store, 'a-session')).toBe(true)
    expect([await setPaused(store, true), await setPaused(store, false)]).toEqual([true, true])
    await appendAudit(store, { actor: 'admin token', action: 'pause', target: null, result: 'ok' })
    await appendAudit(store, { actor: 'unknown', action: 'login_refused', target: null, result: 'no' })
    await appendAudit(store, { actor: 'unknown', action: 'login_refused', target: null, result: 'no' })
    expect(await readAudit(store)).toHaveLength(2)
    await noteCron(store)
  })

  it('records of users are stored, so no update becomes a dead letter for it', async () => {
    await setLimit(1)
    await rememberLanguage(inbox.store, '42', 'fr')
    await markBlocked(inbox.store, '-5', true)
    await movePeer(inbox.store, '-5', '-1005')
    expect(await inbox.word('HGET', inbox.keys.peer('-1005'), 'blocked')).toBe('1')
  })
})
