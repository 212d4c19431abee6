/** Alone in its file: what other tests have open would hide what a bot leaves open. */
import { expect, it } from 'vitest'
import { feature } from '../../lib/kit/index.ts'
import { ping } from '../../lib/bot/features/ping.ts'
import { startTestStore, testBot } from '../../lib/testing/index.ts'
import { until } from '../support/until.ts'

/** Sockets, servers, processes and pipes of this process. Timers are the test runner's, too. */
const open = () => process.getActiveResourcesInfo().filter((name) => /TCP|Process|Pipe/.test(name)).length

/** Before the first bot: what a test begins with may still hold sockets of the test before it. */
const before = open()
const allClosed = () => until('everything to be closed', () => open() <= before)

it.each(['its own store', 'the store of the test'])(
  'a closed bot leaves no socket and no process open, with %s',
  async (which) => {
    const store = which === 'its own store' ? null : await startTestStore()
    const bot = await testBot({ features: [ping], ...(store && { store: store.fresh() }) })
    expect((await bot.person('Anna').says('/ping hi')).text).toBe('pong hi\n0 ms')
    expect(open()).toBeGreaterThan(before)
    await bot.close()
    await store?.close()
    await allClosed()
  },
)

it('a bot can be closed twice', async () => {
  const bot = await testBot({ features: [ping] })
  await bot.close()
  await bot.close()
})

it('a bot with a handler that does not end says so when it is closed, and closes the rest', async () => {
  const ends: (() => void)[] = []
  const endless = feature({
    name: 'endless',
    register: (bot) => void bot.on('message', () => new Promise<void>((resolve) => void ends.push(resolve))),
  })
  const bot = await testBot({ features: [endless], closeMs: 20 })
  bot.telegram.sendText(bot.person('Anna').user, 'hi')
  await until('the handler to begin', () => ends.length > 0)
  await expect(bot.close()).rejects.toThrow('still being processed')
  for (const end of ends) end()
  await allClosed()
})
