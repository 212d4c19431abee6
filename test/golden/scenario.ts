/**
 * The busy store: twenty minutes of a deployment, written by the production functions. Every record that the project
 * stores is in it, in each of its states.
 */
import * as code from './code.ts'
import type { Hand } from './hand.ts'
import { FORUM, GROUP, member, message, poll, press, text, topic, voice } from './payloads.ts'
import { END_MS, ROTATED_SECRET, START_MS } from './settings.ts'

const MINUTE_MS = 60_000
/** As a cookie carries it: 128 bits. */
export const ENDED_SESSION = 'Zm9yIHRlc3RzLCBlbmRlZA'
export const LOGIN_CLIENT = 'c0ffee123456'

const limited = (seconds: number) =>
  new code.TelegramRefused('sendMessage', 429, 'Too Many Requests', { retryAfterSeconds: seconds })

/** Fills a store that is empty. */
export async function fillBusyStore(hand: Hand): Promise<void> {
  await initialise(hand)
  await know(hand)
  await operate(hand)
  await die(hand)
  await converse(hand)
  await queue(hand)
}

/** Epoch 2; the webhook registered, seen, and repaired once after its secret was rotated. */
async function initialise({ heal, store, config, telegram, log, time }: Hand): Promise<void> {
  await heal('init', 'healer-1.1')
  time.nowMs += 1500
  await heal('restart', 'healer-2.1')
  telegram.on('getWebhookInfo', () => ({
    url: 'https://bot.golden.example/webhook',
    pending_update_count: 3,
    last_error_date: Math.floor(START_MS / 1000) - 30,
    last_error_message: 'Wrong response from the webhook: 503 Service Unavailable',
  }))
  time.nowMs += 2 * MINUTE_MS
  const rotated = { ...config, webhookSecret: ROTATED_SECRET }
  const redact = (words: string) => words
  await code.refreshView({ store, config: rotated, call: telegram.call, log, redact })
  await code.isToldSecret(store, code.fingerprint('a secret of somebody else'))
}

/** People and chats that are known. */
async function know({ store }: Hand): Promise<void> {
  await code.rememberLanguage(store, '501', 'ru')
  await code.rememberLanguage(store, '502', 'fr')
  await code.rememberLanguage(store, '599', 'en')
  await code.forgetPeer(store, '599')
  await code.markBlocked(store, '503', true)
  await code.markBlocked(store, '504', true)
  await code.markBlocked(store, '504', false)
  await code.markBlocked(store, '-4005', true)
  await code.movePeer(store, '-4005', String(GROUP.id))
}

/** Operators, the cron and strangers at the door. */
async function operate({ store, config, telegram, log, time }: Hand): Promise<void> {
  await code.setPaused(store, true)
  time.nowMs += 4000
  await code.setPaused(store, false)
  await code.resetErrors(store)
  await code.noteCron(store)
  await code.noteUnhealthy(store, true)
  const alerts = { store, config, call: telegram.call, log }
  telegram.on('sendMessage', () => ({ message_id: 1 }))
  await code.alertAdmins(alerts, 'reinitialized', 'The bot has re-initialised itself (restart).')
  time.nowMs += 900
  await code.alertAdmins(alerts, 'dead:refused', 'An update was given up on (refused).')
  await code.endSession(store, ENDED_SESSION)
  await code.countWrongTry(store, LOGIN_CLIENT)
  await code.countWrongTry(store, LOGIN_CLIENT)
  await code.countWrongTry(store, 'decade654321')
  await code.keepMalformed(store, 'not JSON', '{"update_id": 12, "message": {"text": "cut o')
  await code.keepMalformed(store, 'no integer update_id', '{"hello":"wörld"}')
  const entries = [
    { actor: 'admin token', action: 'restart', target: null, result: 'ok' },
    { actor: 'telegram:501', action: 'pause', target: null, result: 'ok' },
    { actor: 'telegram:501', action: 'resume', target: null, result: 'ok' },
    { actor: 'unknown', action: 'login_refused', target: LOGIN_CLIENT, result: 'wrong_token' },
    { actor: 'unknown', action: 'login_refused', target: LOGIN_CLIENT, result: 'wrong_token' },
    { actor: 'telegram:501', action: 'login', target: null, result: 'ok' },
    { actor: 'telegram:501', action: 'replay', target: '880000202', result: '1/1' },
    { actor: 'admin token', action: 'discard', target: 'f00dfeed0123', result: '1' },
  ] as const
  for (const entry of entries) {
    time.nowMs += 700
    await code.appendAudit(store, entry)
  }
}

/** Dead letters of several causes; one is sent back and dies again, one is sent back and waits, one is discarded. */
async function die(hand: Hand): Promise<void> {
  const { store, process, drain, throwing, time, leased, taken, fail } = hand
  const unparsed = new code.TelegramRefused('sendMessage', 400, 'Bad Request: message text is empty')
  const unreadable = new code.TelegramRefused('getFile', 400, 'Bad Request: file is too big')
  for (const id of [201, 202, 203, 204]) throwing.set(`880000${id}`, unparsed)
  throwing.set('880000205', unreadable)
  await process(text(880_000_201, 501, '/start'))
  await process(text(880_000_202, 502, 'Bonjour, ça marche ?\nDeux lignes.'))
  await process(text(880_000_203, 504, 'hello 👋🏽'))
  await process(topic(880_000_204, 506, '/ping はい', 12))
  await process(voice(880_000_205, 505, 7200, GROUP))
  time.nowMs += 6 * MINUTE_MS
  await code.replay(store, { updateId: '880000202', chatKey: '502' })
  await fail(await taken('502'), unreadable)
  await code.replay(store, { updateId: '880000203', chatKey: '504' })
  await code.discard(store, '880000205')
  // A handler that throws at every attempt.
  let lease = await leased(text(880_000_206, 515, 'provoke it'))
  while ((await fail(lease, new RangeError('Invalid array length'))).word === 'failed') {
    time.nowMs += MINUTE_MS
    const again = await code.take(store, '515', { owner: `retry-${lease.attempt}.1`, leaseMs: 15_000 })
    if (again.word !== 'leased') break
    lease = again.lease
  }
  // An update that kills its worker each time.
  lease = await leased(voice(880_000_207, 516, 3))
  while (lease.attempt <= 10) {
    time.nowMs += 16_000
    lease = await taken('516')
  }
  await drain(lease)
}

/** What goes well, over two slots of the statistics, duplicates, a chat that cannot be written to. */
async function converse({ store, process, accept, throwing, time }: Hand): Promise<void> {
  const first = text(880_000_301, 507, '/help')
  await process(first)
  await accept(first)
  await process(press(880_000_302, 507, 'language:fr'))
  await process(member(880_000_303, 503, 'member', 'kicked'))
  throwing.set(
    '880000304',
    new code.TelegramRefused('sendMessage', 403, 'Forbidden: bot was blocked by the user'),
  )
  await process(text(880_000_304, 508, '/ping'))
  time.nowMs += 5 * MINUTE_MS
  await process(voice(880_000_305, 507, 42))
  await code.findDue(store, { intervalMs: 10_000, limit: 0 })
}

/** What is pending at the end: leased, expired, waiting, freed and untaken mailboxes, with and without a backlog. */
async function queue(hand: Hand): Promise<void> {
  const { store, accept, leased, taken, settle, fail, throwing, process, time } = hand
  // Freed by a worker whose time was over.
  const freed = await leased(text(880_000_401, 509, 'one'))
  await accept(text(880_000_402, 509, 'two'))
  await settle(freed, false)
  // A poll has no chat; its worker is gone.
  await leased(poll(880_000_403))
  // A 429; one of another chat within ten seconds throttles the bot; an operator's release of that one.
  throwing.set('880000404', limited(25))
  await process(text(880_000_404, 510, '/privacy'))
  const waiting = await leased(text(880_000_405, 511, 'release me'))
  await fail(waiting, limited(40))
  await code.releaseMailbox(store, '511')
  // A sender who is too fast: ok, ok, ok, notice, drop. The throttle keeps workers from the head.
  for (const id of [411, 412, 413, 414, 415]) await accept(text(880_000_000 + id, 512, `faster ${id}`))
  time.nowMs = END_MS - 30_000
  // Three errors, so that the counter stands at 3: a handler that throws, a time-out, a refusal.
  await fail(await leased(text(880_000_421, 502, 'Encore une fois')), new TypeError('x is not a function'))
  await accept(press(880_000_422, 502, 'deletemydata:no:502'))
  await fail(await taken('504'), new code.TelegramUnreachable('sendMessage', 'timeout'))
  await accept(voice(880_000_423, 504, 11))
  throwing.set('880000424', new code.TelegramRefused('sendMessage', 400, 'Bad Request: message is too long'))
  await process(text(880_000_424, 513, '/status'))
  time.nowMs = END_MS - 5000
  // Leased by living workers, one of which has renewed its lease.
  const lease = await leased(text(880_000_431, 501, 'Привет!'))
  await accept(voice(880_000_432, 501, 8))
  await accept(press(880_000_433, 501, 'language:ru'))
  await leased(text(880_000_434, 505, '/ping@evergram_bot 3', GROUP))
  await accept(message(880_000_435, 506, { new_chat_title: 'Choir, Wednesdays' }, GROUP))
  await leased(topic(880_000_436, 505, 'Who has the key?', 12))
  await accept(topic(880_000_437, 506, 'Me.', 12))
  await accept(topic(880_000_438, 505, 'Another matter', 31))
  await accept(text(880_000_439, 505, 'In the general topic', FORUM))
  time.nowMs = END_MS - 1000
  await code.renew(store, lease, 15_000)
  time.nowMs = END_MS
}
