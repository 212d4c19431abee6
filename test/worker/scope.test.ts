import { afterAll, describe, expect, it } from 'vitest'
import type { Update } from 'telegraf/types'
import { createScope, languageCodeOf, type ScopeDeps } from '../../lib/worker/scope.ts'
import { bot } from '../../lib/bot/index.ts'
import type { Envelope } from '../../lib/inbox/envelope.ts'
import { describeStore, openStore } from '../support/store.ts'
import { press, text } from '../support/updates.ts'
import { createTime, openVirtualStore } from '../support/virtual.ts'

const ACCEPTED_MS = 1_790_000_000_000
const envelope: Envelope = {
  updateId: '7',
  acceptedAtMs: ACCEPTED_MS,
  userId: '42',
  rate: 'notice',
  language: null,
  replays: 0,
  payload: '{}',
}

describeStore('the scope', (engine) => {
  const time = createTime()
  const store = openVirtualStore(openStore(engine), time)
  afterAll(() => store.test.cleanup())
  const peer = (id: string) => store.fields(store.keys.peer(id))

  /** A scope of an update whose lease was given 50 ms after it was accepted. */
  function open(given: { deps?: Partial<ScopeDeps>; envelope?: Partial<Envelope>; update?: object } = {}) {
    const deps: ScopeDeps = {
      bot,
      store,
      clock: time.clock,
      adminTelegramIds: new Set(['42', '43']),
      panelUrl: null,
      chosen: new Map(),
      forgetDeadLetters: async () => 2,
      statusLines: async () => ['healthy'],
      ...given.deps,
    }
    const update = (given.update ?? text('hello')) as Update
    return createScope(deps, { ...envelope, ...given.envelope }, update, ACCEPTED_MS + 50, time.nowMs)
  }

  it('has the ids and the verdict of the envelope', async () => {
    const scope = open()
    expect(scope).toMatchObject({ updateId: '7', userId: '42', rate: 'notice', isAdmin: true })
    expect(await scope.statusLines()).toEqual(['healthy'])
    expect(open({ envelope: { userId: '4' } }).isAdmin).toBe(false)
    expect(open({ envelope: { userId: null } }).isAdmin).toBe(false)
  })

  it('counts from acceptance, by the store until the lease and by this instance from there', () => {
    const scope = open()
    expect(scope.sinceAcceptedMs()).toBe(50)
    time.nowMs += 30.4
    expect(scope.sinceAcceptedMs()).toBe(80)
    expect(open({ envelope: { acceptedAtMs: ACCEPTED_MS + 3_600_000 } }).sinceAcceptedMs()).toBe(0)
  })

  it('chooses the language: chosen just now, else as accepted, else of the client, else English', () => {
    const client = (code: string) => text('x', { from: { id: 42, language_code: code } })
    const chosen = new Map([['42', 'fr' as const]])
    expect(open({ deps: { chosen }, envelope: { language: 'ru' } }).language).toBe('fr')
    expect(open({ deps: { chosen }, envelope: { userId: '43', language: 'ru' } }).language).toBe('ru')
    expect(open({ envelope: { language: 'ru' }, update: client('fr') }).language).toBe('ru')
    expect(open({ envelope: { language: 'tlh' }, update: client('fr-CA') }).language).toBe('fr')
    expect(open({ update: client('de') }).language).toBe('en')
  })

  it('changes the language at once, for later updates of the invocation, and in the store', async () => {
    const chosen = new Map()
    const scope = open({ deps: { chosen } })
    const done = scope.setLanguage('fr')
    expect(scope.language).toBe('fr')
    await done
    expect(open({ deps: { chosen } }).language).toBe('fr')
    expect(await peer('42')).toEqual({ language: 'fr' })
    const nobody = open({ deps: { chosen }, envelope: { userId: null } })
    await nobody.setLanguage('ru')
    expect([nobody.language, chosen.size]).toEqual(['ru', 1])
  })

  it('marks and moves chats', async () => {
    const scope = open()
    await scope.markBlocked('-5', true)
    await scope.moveChat('-5', '-1005')
    expect([await peer('-5'), await peer('-1005')]).toEqual([{}, { blocked: '1' }])
  })

  it('forgets the sender: setting, choice and dead letters; nobody where there is none', async () => {
    const asked: string[] = []
    const forgetDeadLetters = async (userId: string) => asked.push(userId) + 1
    const chosen = new Map()
    const scope = open({ deps: { chosen, forgetDeadLetters } })
    await scope.setLanguage('fr')
    expect(await scope.forgetSender()).toBe(3)
    expect([await peer('42'), chosen.size, asked]).toEqual([{}, 0, ['42']])
    expect(await open({ envelope: { userId: null }, deps: { forgetDeadLetters } }).forgetSender()).toBe(0)
    expect(asked).toEqual(['42'])
  })
})

describe('the language of the client', () => {
  it.each([
    ['a message', text('x', { from: { language_code: 'fr' } }), 'fr'],
    ['a press', press('x', { from: { language_code: 'ru' } }), 'ru'],
    ['a kind of tomorrow', { update_id: 1, new_kind: { from: { language_code: 'fr' } } }, 'fr'],
    ['no sender', { update_id: 1, channel_post: { chat: { id: 1 } } }, undefined],
    ['a sender of null', { update_id: 1, message: { from: null } }, undefined],
    ['a code that is none', { update_id: 1, message: { from: { language_code: 7 } } }, undefined],
    ['a kind of null', { update_id: 1, message: null }, undefined],
    ['words', { update_id: 1, message: 'hi' }, undefined],
  ])('in %s', (_name, update, expected) => {
    expect(languageCodeOf(update as unknown as Update)).toBe(expected)
  })
})
