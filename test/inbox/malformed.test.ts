import { afterEach, beforeEach, expect, it } from 'vitest'
import { keepMalformed } from '../../lib/inbox/malformed.ts'
import { openInbox, START_MS, type Inbox } from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

describeEngines('malformed bodies', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  const samples = async () =>
    ((await inbox.raw('LRANGE', inbox.keys.malformed, '0', '-1')) as Buffer[]).map(String)

  it('are counted, and the newest twenty kept with time and reason', async () => {
    for (let i = 1; i <= 23; i++) {
      expect(await keepMalformed(inbox.store, 'not JSON', `{${i}`)).toBe(i)
      inbox.nowMs += 1
    }
    const kept = await samples()
    expect(kept).toHaveLength(20)
    expect(kept[0]).toBe(`${START_MS + 22} not JSON\n{23`)
    expect(kept[19]).toBe(`${START_MS + 3} not JSON\n{4`)
  })

  it('are kept by their first 2000 characters', async () => {
    await keepMalformed(inbox.store, 'not JSON', 'é'.repeat(5000))
    expect(await samples()).toEqual([`${START_MS} not JSON\n${'é'.repeat(2000)}`])
  })

  it('are counted when their key is of another type, so that Telegram does not send them for a day', async () => {
    await inbox.raw('SET', inbox.keys.malformed, 'x')
    for (const count of [1, 2]) expect(await keepMalformed(inbox.store, 'not JSON', '{')).toBe(count)
  })

  it('of any bytes are stored', async () => {
    await keepMalformed(inbox.store, 'not JSON', '\u0000\ud800\u2028%s')
    expect(await samples()).toEqual([`${START_MS} not JSON\n\u0000\ufffd\u2028%s`])
  })
})
