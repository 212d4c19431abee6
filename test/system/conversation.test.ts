/** The bot as its users see it: answers, once each, in order. */
import { afterEach, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { startMonitor } from '../support/monitor.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, isLong, openWorld, type World } from '../support/world.ts'

/** Updates that one chat gets in a test of many. */
const MANY = isLong ? 100 : 40

describeSystem('a conversation', () => {
  let world: World
  afterEach(() => world.close())

  it.each([
    { isPublic: false, isRestarted: false },
    { isPublic: false, isRestarted: true },
    { isPublic: true, isRestarted: false },
    { isPublic: true, isRestarted: true },
  ])('answers, public: $isPublic, restarted: $isRestarted', async ({ isPublic, isRestarted }) => {
    world = await openWorld({ isPublic })
    if (isRestarted) {
      const answer = await world.call('POST', '/restart')
      expect(answer).toMatchObject({ status: 200, json: { restarted: true, complete: true } })
      expect(world.telegram.webhook()['url']).toBe(isPublic ? 'https://evergram.example/webhook' : '')
    }
    expect(await world.post(textUpdate('/start', 11))).toMatchObject({ status: 200 })
    await until('the greeting', () => world.telegram.textsIn(11).length === 1)
    expect(world.telegram.textsIn(11)[0]).toContain('Hello, Vera!')
    expect(await world.post(textUpdate('/ping hello there', 11))).toMatchObject({ status: 200 })
    await until('the pong', () => world.telegram.textsIn(11).length === 2)
    expect(world.telegram.textsIn(11)[1]).toMatch(/^pong hello there\n\d+ ms$/)
    await world.drained()
    await until('health', async () => {
      const { code, body } = await world.health()
      return code === 200 && body.status === 'healthy' && body.bot_status === 'OK' && body.error_count === 0
    })
    expect(world.telegram.countOf('getMe')).toBeLessThanOrEqual(2)
  })

  it('answers an update that comes three times at once, and later again, once', async () => {
    world = await openWorld()
    const update = textUpdate('/ping once', 12)
    const answers = await Promise.all([world.post(update), world.post(update), world.post(update)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    await until('the pong', () => pongs(world.telegram, 12).length > 0)
    expect(await world.post(update)).toMatchObject({ status: 200 })
    expect(await world.post(textUpdate('/ping after', 12))).toMatchObject({ status: 200 })
    await until('the pong', () => pongs(world.telegram, 12).includes('after'))
    expect(pongs(world.telegram, 12)).toEqual(['once', 'after'])
  })

  it('refuses a wrong or missing secret without a trace', async () => {
    world = await openWorld()
    for (const secret of ['wrong', '', `${world.secrets.webhookSecret}x`, 'ё'.repeat(3)]) {
      const headers = new Headers({ 'content-type': 'application/json' })
      if (secret !== '') headers.set('x-telegram-bot-api-secret-token', encodeURIComponent(secret))
      const body = JSON.stringify(textUpdate('/ping no', 13))
      const response = await fetch(`${world.target.url}/webhook`, { method: 'POST', headers, body })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ error: { code: 'unauthorized' } })
    }
    expect(await world.pending()).toBe(0)
    expect(world.telegram.calls).toEqual([])
  })

  it('asks getMe at most twice in its life: 50 first webhooks at once, restarts, an operator', async () => {
    world = await openWorld()
    world.telegram.switches.latencyMs = 50
    const chats = Array.from({ length: 50 }, (_, index) => 100 + index)
    await Promise.all(chats.map((chat) => world.deliver(textUpdate('/ping first', chat))))
    await world.drained()
    expect(world.telegram.countOf('getMe')).toBe(1)
    for (const chat of chats) expect(pongs(world.telegram, chat)).toEqual(['first'])
    for (const round of [1, 2]) {
      await world.server().stop()
      await world.restart()
      await world.deliver(textUpdate(`/ping round${round}`, 100))
      await world.drained()
    }
    expect(await world.call('POST', '/restart')).toMatchObject({ status: 200 })
    await world.deliver(textUpdate('/ping last', 100))
    await until('the last pong', () => pongs(world.telegram, 100).includes('last'))
    expect(world.telegram.countOf('getMe')).toBe(2)
  })

  it(`answers ${5 * MANY} updates in 5 chats in order, none missing, none twice`, async () => {
    world = await openWorld()
    const chats = [21, 22, -23, 24, -1_001_000_000_025]
    await Promise.all(chats.flatMap((chat) => pings(chat, MANY).map((update) => world.deliver(update))))
    await world.drained()
    for (const chat of chats) expect(pongs(world.telegram, chat)).toEqual(tags(chat, MANY))
  })

  it(`answers ${MANY} updates of one chat that come at once, in the order of their acceptance`, async () => {
    world = await openWorld()
    const monitor = await startMonitor(world.redisPort)
    const updates = pings(31, MANY)
    const answers = await Promise.all(updates.map((update) => world.post(update)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    await world.drained()
    expect(pongs(world.telegram, 31).toSorted()).toEqual(tags(31, MANY).toSorted())
    const accepted = monitor.linesWith(`"${world.store.prefix}:seen:`).flatMap((line) => {
      const id = Number(/:seen:(\d+)"/.exec(line)?.[1])
      return line.includes('"SET"') ? [updates.findIndex((update) => update.update_id === id)] : []
    })
    monitor.close()
    expect(pongs(world.telegram, 31)).toEqual([...new Set(accepted)].map((index) => `p31-${index}`))
  })

  it('answers many in a row', async () => {
    world = await openWorld()
    for (const update of pings(41, MANY)) expect(await world.post(update)).toMatchObject({ status: 200 })
    await world.drained()
    expect(pongs(world.telegram, 41)).toEqual(tags(41, MANY))
  })
})
