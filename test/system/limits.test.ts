/** Telegram answers, but not as one would like: revoked tokens, limits, refusals, silence. */
import { expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { parkedUntilMs, timeComes } from '../support/mailbox.ts'
import { pings, pongs, tags, warmUp } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, isLong, openWorld, type World } from '../support/world.ts'

/** A call that hangs outlasts the lease, which its worker has to renew. */
const SILENCE = { LEASE_SECONDS: '5', TELEGRAM_TIMEOUT_MS: '6000' }

/** Failures that are not of Telegram's refusal: none, unless the machine is so busy that the store does not keep up. */
function ofOthers(world: World): number {
  const names = world.events('update failed').map((line) => (line['error'] as { name: string }).name)
  return names.filter((name) => name !== 'TelegramRefused' && name !== 'BotNotReady').length
}

describeSystem('Telegram refuses', () => {
  it.concurrent('silence: an outage of hanging calls burns nothing, with a short lease', async ({
    onTestFinished,
  }) => {
    const world = await openWorld({ env: { ...SILENCE, MAX_ATTEMPTS: '2' } })
    onTestFinished(() => world.close())
    await warmUp(world)
    world.telegram.switches.isHanging = true
    await world.deliver(textUpdate('/ping silent', 91))
    await until('two attempts', () => world.events('update failed').length >= 2)
    await until('a sweep', async () => (await world.health()).body.bot_status === 'FAILED')
    world.telegram.switches.isHanging = false
    await world.drained()
    expect(pongs(world.telegram, 91)).toEqual(['silent'])
    expect(world.events('update dead-lettered')).toEqual([])
  }, 180_000)

  it.concurrent('silence while a monitor sweeps: the last attempt is not taken twice', async ({
    onTestFinished,
  }) => {
    const world = await openWorld({ env: { ...SILENCE, MAX_ATTEMPTS: '1' } })
    onTestFinished(() => world.close())
    await warmUp(world)
    world.telegram.switches.isHanging = true
    await world.deliver(textUpdate('/ping silent', 92))
    await until(
      'the evidence to be asked for',
      async () => {
        await world.health()
        return world.telegram.calls.some(({ method, status }) => method === 'getWebhookInfo' && status === 0)
      },
      180_000,
    )
    await until(
      'the failure',
      async () => {
        await world.health()
        return world.events('reinitialization failed').length > 0
      },
      180_000,
    )
    world.telegram.switches.isHanging = false
    await world.drained()
    expect(world.events('update dead-lettered')).toEqual([])
    expect(pongs(world.telegram, 92)).toEqual(['silent'])
  }, 180_000)

  it.concurrent.for([{ isWarm: true }, { isWarm: false }])(
    'a revoked token, many chats waiting: nothing burns, and all is answered once it is back, warm: $isWarm',
    { timeout: 180_000 },
    async ({ isWarm }, { onTestFinished }) => {
      const world = await openWorld()
      onTestFinished(() => world.close())
      if (isWarm) await warmUp(world)
      world.telegram.switches.isRevoked = true
      const chats = Array.from({ length: isLong ? 100 : 30 }, (_, index) => 7101 + index)
      const each = isLong ? 3 : 1
      await Promise.all(chats.flatMap((chat) => pings(chat, each).map((update) => world.deliver(update))))
      const seen = await until('the bot to notice', async () => {
        const { code, body } = await world.health()
        return body.bot_status === 'UNAUTHORIZED' && { code, body }
      })
      expect(seen).toMatchObject({ code: 503, body: { status: 'unhealthy' } })
      expect(seen.body.error_count).toBeLessThanOrEqual(ofOthers(world))
      // Two more probes, at least, must have failed: the counting of attempts would show by now.
      const codes = new Set<number>()
      await until('probes', async () => {
        codes.add((await world.health()).code)
        return world.events('reinitialization failed').length >= 2
      })
      expect([...codes]).toEqual([503])
      expect(await world.pending()).toBe(chats.length * each)
      expect((await world.health()).body.inbox).toMatchObject({ dead_letters: 0 })
      world.telegram.switches.isRevoked = false
      await world.drained()
      for (const chat of chats) expect(pongs(world.telegram, chat)).toEqual(tags(chat, each))
      const attempts = world.events('update processed').map((line) => line['attempt'])
      expect(attempts.filter((attempt) => attempt !== 1).length).toBeLessThanOrEqual(ofOthers(world))
      await until('health', async () => (await world.health()).body.status === 'healthy')
    },
  )

  it.concurrent('429 in one chat: it waits as long as told, others go on, and it is no error', async ({
    onTestFinished,
  }) => {
    const world = await openWorld()
    onTestFinished(() => world.close())
    await warmUp(world)
    // Long enough to hold still after all that comes; its end is set, not waited for.
    world.telegram.limit(81, 30)
    const startedMs = Date.now()
    const all = [81, 82].map((chat) => Promise.all(pings(chat, 5).map((update) => world.deliver(update))))
    await Promise.all(all)
    await until('the other chat', () => pongs(world.telegram, 82).length === 5)
    expect(pongs(world.telegram, 81)).toEqual([])
    expect((await world.health()).body).toMatchObject({ status: 'healthy', error_count: 0 })
    const dueMs = await until('the mailbox to be parked', () => parkedUntilMs(world, 81))
    expect(dueMs).toBeGreaterThan(startedMs + 29_000)
    world.telegram.limit(81, 0)
    await timeComes(world, 81)
    expect(await world.call('POST', '/drain')).toMatchObject({ status: 200 })
    await world.drained()
    expect(pongs(world.telegram, 81)).toEqual(tags(81, 5))
    const calls = world.telegram.calls.filter(
      ({ method, status }) => method === 'sendMessage' && status === 429,
    )
    expect(calls).toHaveLength(1)
  })

  it.concurrent('429 in three chats, others in work: all go on by themselves when it is over', async ({
    onTestFinished,
  }) => {
    const world = await openWorld()
    onTestFinished(() => world.close())
    await warmUp(world)
    world.telegram.switches.latencyMs = 40
    world.telegram.limit(83, 2)
    await world.deliver(textUpdate('/ping first', 83))
    await until('the first 429', () => world.telegram.calls.some(({ status }) => status === 429))
    world.telegram.limit(84, 3)
    world.telegram.limit(85, 3)
    const chats = [84, 85, 86, 87]
    await Promise.all(chats.flatMap((chat) => pings(chat, 8).map((update) => world.deliver(update))))
    await world.drained()
    expect(pongs(world.telegram, 83)).toEqual(['first'])
    for (const chat of chats) expect(pongs(world.telegram, chat)).toEqual(tags(chat, 8))
    expect((await world.health()).body).toMatchObject({ error_count: 0 })
  })

  it.concurrent('403: settled, no error, the next chat goes on', async ({ onTestFinished }) => {
    const world = await openWorld()
    onTestFinished(() => world.close())
    await warmUp(world)
    const blocked = { status: 403, description: 'Forbidden: bot was blocked by the user' }
    world.telegram.refuse('sendMessage', 1, blocked, 88)
    await world.deliver(textUpdate('/ping gone', 88))
    await world.deliver(textUpdate('/ping here', 89))
    await world.drained()
    expect(pongs(world.telegram, 88)).toEqual([])
    expect(pongs(world.telegram, 89)).toEqual(['here'])
    expect((await world.health()).body).toMatchObject({ error_count: 0, inbox: { dead_letters: 0 } })
  })

  it.concurrent('getMe with another id than the token has: the bot works all the same', async ({
    onTestFinished,
  }) => {
    const world = await openWorld()
    onTestFinished(() => world.close())
    world.telegram.switches.botId = 4242
    await world.deliver(textUpdate('/ping one', 90))
    await world.deliver(textUpdate('/ping two', 90))
    await world.drained()
    expect(pongs(world.telegram, 90)).toEqual(['one', 'two'])
    expect(world.telegram.countOf('getMe')).toBeLessThanOrEqual(2)
  }, 180_000)

  it.concurrent('many chats wait for Telegram while health is asked: the store is not hammered', async ({
    onTestFinished,
  }) => {
    const world = await openWorld()
    onTestFinished(() => world.close())
    await warmUp(world)
    world.telegram.switches.isDown = true
    await world.deliver(textUpdate('/ping opener', 1))
    const chats = Array.from({ length: isLong ? 200 : 60 }, (_, index) => 1001 + index)
    await Promise.all(chats.map((chat) => world.deliver(textUpdate(`/ping c${chat}`, chat))))
    await until('the breaker', async () => (await world.health()).body.bot_status === 'FAILED')
    world.front.restart()
    const probes = () => world.events('reinitialization failed').length
    const before = probes()
    let asked = 0
    await until('many checks, and a probe among them', async () => {
      for (const { code, body } of await Promise.all(Array.from({ length: 5 }, () => world.health()))) {
        asked++
        expect([code, body.bot_status]).toEqual([503, 'FAILED'])
      }
      return asked >= (isLong ? 150 : 60) && probes() > before
    })
    expect(world.front.count()).toBeLessThan(5 * asked)
    world.telegram.switches.isDown = false
    await world.drained()
    for (const chat of chats) expect(pongs(world.telegram, chat)).toEqual([`c${chat}`])
  }, 180_000)

  it.concurrent('everything from the birth of the deployment: asked with backoff, whoever asks', async ({
    onTestFinished,
  }) => {
    const world = await openWorld()
    onTestFinished(() => world.close())
    world.telegram.switches.isDown = true
    const failures = () => world.events('reinitialization failed').length
    let asked = 0
    await until('the pauses to have grown', async () => {
      await Promise.all([world.health(), world.health()])
      asked += 2
      return asked > 20 && failures() >= 3
    })
    expect(world.telegram.countOf('getMe')).toBeLessThan(8)
  }, 180_000)

  it.concurrent('a monitor heals a new deployment first: what waited is drained all the same', async ({
    onTestFinished,
  }) => {
    const world = await openWorld()
    onTestFinished(() => world.close())
    world.telegram.switches.isDown = true
    const chats = [93, 94, 95, 96]
    for (const chat of chats) await world.post(textUpdate('/ping waited', chat))
    const failures = () => world.events('reinitialization failed')
    await until('a longer pause', () => failures().length >= 3)
    world.telegram.switches.isDown = false
    await until('the bot to be healed', async () => (await world.health()).body.bot_status === 'OK')
    await world.drained()
    for (const chat of chats) expect(pongs(world.telegram, chat)).toEqual(['waited'])
  }, 180_000)
})
