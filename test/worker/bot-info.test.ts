import { afterAll, beforeEach, expect, it } from 'vitest'
import { botInfoFrom } from '../../lib/worker/bot-info.ts'
import { BotNotReady } from '../../lib/errors.ts'
import { heal, type Healed } from '../../lib/worker/heal.ts'
import { BOT } from '../support/bot.ts'
import { describeStore, openStore } from '../support/store.ts'
import {
  createTime,
  openVirtualStore,
  recordLog,
  stubTelegram,
  type VirtualTime,
} from '../support/virtual.ts'

describeStore('the data of a bot that another instance initialises', (engine) => {
  const test = openStore(engine)
  const busy: Healed = { word: 'busy', waitMs: 5000, info: null }
  let time: VirtualTime
  beforeEach(() => {
    time = createTime()
  })
  afterAll(() => test.cleanup())

  const parts = () => ({
    store: openVirtualStore(test, time),
    clock: time.clock,
    config: { botId: '7' },
  })

  it('is looked for ever more seldom, since a whole fleet may be looking, and not for ever', async () => {
    const asked: string[] = []
    const waiting = botInfoFrom(parts(), null, async (reason) => {
      asked.push(reason)
      return busy
    })
    await expect(waiting).rejects.toThrow(BotNotReady)
    expect(time.slept.slice(0, 6)).toEqual([25, 50, 100, 200, 400, 400])
    expect(new Set(time.slept.slice(4))).toEqual(new Set([400]))
    expect(new Set(asked)).toEqual(new Set(['init']))
    expect(time.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(10_000 + 400)
  })

  it('is what that one got', async () => {
    const { store, clock, config } = parts()
    let asked = 0
    const info = await botInfoFrom({ store, clock, config }, null, async (reason) => {
      if (++asked < 3) return busy
      return heal(
        {
          store,
          config: { ...config, publicUrl: null, isPreview: false, webhookSecret: 's', errorThreshold: 10 },
          call: stubTelegram().call,
          commands: [],
          log: recordLog().log,
          redact: (text) => text,
          clock,
          owner: 'another',
        },
        reason,
      )
    })
    expect(info).toMatchObject({ id: BOT.id, username: BOT.username })
    expect(time.slept).toEqual([25, 50])
  })
})
