import { afterAll, beforeEach, expect, it } from 'vitest'
import { appendAudit, readAudit, type AuditEntry } from '../../lib/operator/audit.ts'
import { losingAnswers } from '../support/inbox.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { createTime, openVirtualStore, type VirtualStore, type VirtualTime } from '../support/virtual.ts'

const RESTART: AuditEntry = { actor: 'admin token', action: 'restart', target: null, result: 'ok' }
const REFUSED: AuditEntry = { actor: 'unknown', action: 'login_refused', target: 'c1', result: 'wrong_token' }

describeEngines('the audit log', (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let time: VirtualTime
  let store: VirtualStore
  beforeEach(() => {
    time = createTime()
    store = openVirtualStore(test, time)
  })
  const read = async () => (await readAudit(store)).map(({ action, count }) => [action, count])

  it('returns the entries with their times, newest first', async () => {
    await appendAudit(store, RESTART)
    const firstMs = time.nowMs
    time.nowMs += 1000
    await appendAudit(store, { ...RESTART, target: '7' })
    expect(await readAudit(store)).toEqual([
      { ...RESTART, target: '7', atMs: time.nowMs, count: 1 },
      { ...RESTART, atMs: firstMs, count: 1 },
    ])
  })

  it('keeps a refused login when another entry follows, and keeps two hundred entries', async () => {
    await appendAudit(store, REFUSED)
    await appendAudit(store, RESTART)
    await appendAudit(store, REFUSED)
    const three = [
      ['login_refused', 1],
      ['restart', 1],
      ['login_refused', 1],
    ]
    expect(await read()).toEqual(three)
    await test.raw.command('RPUSH', store.keys.audit, ...Array<string>(300).fill('1 1 sweep\n{}'))
    await appendAudit(store, REFUSED)
    expect(Number(await test.raw.command('LLEN', store.keys.audit))).toBe(200)
    await appendAudit(store, RESTART)
    expect(Number(await test.raw.command('LLEN', store.keys.audit))).toBe(200)
  })

  it('writes an entry once after its answer was lost, also with other entries in between', async () => {
    const lossy = losingAnswers(store, () => appendAudit(store, { ...RESTART, action: 'sweep' }))
    await appendAudit(lossy, RESTART)
    expect(await read()).toEqual([
      ['sweep', 1],
      ['restart', 1],
    ])
  })

  it('counts a refused login once after its answer was lost, and the next one too', async () => {
    const lossy = losingAnswers(store)
    await appendAudit(lossy, REFUSED)
    await appendAudit(lossy, REFUSED)
    expect(await read()).toEqual([['login_refused', 2]])
  })

  it('remembers a call for a minute', async () => {
    const keys: string[] = []
    const run: VirtualStore['run'] = (script, given, ...rest) => {
      keys.push(...given)
      return store.run(script, given, ...rest)
    }
    await appendAudit({ ...store, run }, RESTART)
    const leftMs = Number(await test.raw.command('PTTL', keys[1] ?? ''))
    expect(leftMs).toBeGreaterThan(50_000)
    expect(leftMs).toBeLessThanOrEqual(60_000)
  })

  const json = JSON.stringify({ actor: 'x', target: null, result: 'ok' })
  it.each([
    ['no form', 'nonsense'],
    ['no JSON', `1 1 sweep\n{`],
    ['a time that no date holds', `8640000000000001 1 sweep\n${json}`],
    ['a time without end', `${'9'.repeat(400)} 1 sweep\n${json}`],
    ['a number', `1 1 sweep\n5`],
    ['null', `1 1 sweep\nnull`],
    ['a list', `1 1 sweep\n["x"]`],
    ['no actor', `1 1 sweep\n{"target":null,"result":"ok"}`],
    ['an actor that is no text', `1 1 sweep\n{"actor":1,"target":null,"result":"ok"}`],
    ['no target', `1 1 sweep\n{"actor":"x","result":"ok"}`],
    ['a result that is no text', `1 1 sweep\n{"actor":"x","target":null,"result":{}}`],
  ])('leaves out an entry that has %s, and no other', async (_name, text) => {
    await appendAudit(store, RESTART)
    await test.raw.command('LPUSH', store.keys.audit, text)
    expect(await read()).toEqual([['restart', 1]])
  })

  it('shows an entry with the latest possible time, and an unknown action', async () => {
    await test.raw.command('RPUSH', store.keys.audit, `8640000000000000 1 dance\n${json}`)
    const [entry] = await readAudit(store)
    expect(entry).toMatchObject({ action: 'dance' })
    expect(() => new Date(entry?.atMs ?? NaN).toISOString()).not.toThrow()
  })

  it('throws for a reply of another shape', async () => {
    const odd = { ...store, run: () => Promise.resolve(['nonsense', 'x']) }
    await expect(readAudit(odd)).rejects.toMatchObject({ code: 'unexpected_reply' })
  })
})
