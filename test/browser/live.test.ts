import type { Page, Request } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { startMonitor } from '../support/monitor.ts'
import { until } from '../support/until.ts'
import { soon, withClock } from './support/browser.ts'
import { useStage } from './support/stage.ts'

const count = (page: Page, name: string) => page.locator('.flow li', { hasText: name }).locator('.flow-count')

/** Makes the page believe that it is, or is not, in a hidden tab. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} })
    document.dispatchEvent(new Event('visibilitychange'))
  `)
}

/** Lets the page's clock run, and waits for what it asks on the way: an answer that comes late moves its next question. */
function createRun(page: Page): (forMs: number) => Promise<void> {
  const open = new Set<Request>()
  page.on('request', (request) => open.add(request))
  page.on('requestfinished', (request) => open.delete(request))
  page.on('requestfailed', (request) => open.delete(request))
  return async (forMs) => {
    await page.clock.runFor(forMs)
    await until('the answers', () => open.size === 0)
  }
}

describe('the overview', () => {
  const stage = useStage({ isPublic: true })
  const ticks = (requests: readonly string[]) => requests.filter((line) => line.includes('view=tick'))

  it('counts a message without being loaded anew', async () => {
    const world = stage.world()
    const { page, requests } = await stage.enter(withClock)
    await page.getByText('All is well.').waitFor()
    const settled = Number(await count(page, 'Settled').textContent())
    await world.deliver(textUpdate('/ping whale', 11))
    await soon(page, 'the panel to count it', async () => {
      return Number(await count(page, 'Settled').textContent()) === settled + 1
    })
    expect(await count(page, 'Accepted').textContent()).toBe(await count(page, 'Settled').textContent())
    expect(requests.filter((line) => line === 'GET /')).toHaveLength(1)
    await page.getByText('1 update accepted, 0 failures, 0 dead letters.', { exact: true }).waitFor()
  })

  it('asks for two shards a tick, which costs two commands, and walks over all of them', async () => {
    const { page, requests } = await stage.enter(withClock)
    await page.getByText('All is well.').waitFor()
    const monitor = await startMonitor(stage.world().redisPort)
    const prefix = stage.world().store.prefix
    for (let asked = 0; asked < 4; asked++) {
      const before = monitor.linesWith(prefix).length
      const answer = page.waitForResponse('**/status?view=tick*')
      await page.clock.runFor(2100)
      expect((await answer).status()).toBe(200)
      const now = () => monitor.linesWith(prefix).length - before
      await until('Redis to show both commands', () => now() >= 2)
      expect(now()).toBe(2)
    }
    monitor.close()
    expect(ticks(requests)).toEqual(
      ['0,1', '2,3', '4,5', '6,7'].map((pair) => `GET /status?view=tick&shards=${pair}`),
    )
  })

  it('backs off to 15 s while nothing moves, and looks at everything once a minute', async () => {
    const { page, requests } = await stage.enter(withClock)
    await page.getByText('All is well.').waitFor()
    const run = createRun(page)
    await page.clock.pauseAt(Date.now() + 3_600_000)
    const asked: { atS: number; what: string }[] = []
    for (let atS = 0; atS < 200; atS++) {
      const before = requests.length
      await run(1000)
      asked.push(...requests.slice(before).map((what) => ({ atS, what })))
    }
    const late = asked.filter(({ atS }) => atS >= 80)
    const gaps = late.slice(1).map(({ atS }, index) => atS - (late[index]?.atS ?? 0))
    // A full look does not make the pauses shorter.
    expect(Math.min(...gaps)).toBe(15)
    expect(Math.max(...gaps)).toBe(15)
    const looks = asked.filter(({ what }) => what === 'GET /status').map(({ atS }) => atS)
    expect(looks.length).toBeGreaterThanOrEqual(3)
    expect(looks.length).toBeLessThanOrEqual(4)
  })

  it('asks ever more seldom, and says so, while its own question fails', async () => {
    const { page, requests } = await stage.enter(withClock)
    await page.getByText('All is well.').waitFor()
    await page.route('**/status*', (route) =>
      route.fulfill({ status: 500, json: { error: { code: 'internal_error', message: '' } } }),
    )
    await soon(page, 'the panel to say so', () => page.getByText(/“Overview” failed: /).isVisible())
    await page.locator('.verdict.warn').waitFor()
    const before = requests.length
    const run = createRun(page)
    for (let second = 0; second < 120; second++) await run(1000)
    // Each time the public report is asked for too. Every 15 s and no oftener, in two minutes.
    const asked = requests.slice(before).filter((line) => line.startsWith('GET /status'))
    expect(asked.length).toBeGreaterThanOrEqual(6)
    expect(asked.length).toBeLessThanOrEqual(12)
    await page.unroute('**/status*')
    await soon(page, 'all to be well', () => page.locator('.verdict.good').isVisible())
  })

  it('lets the oldest grow older between two full looks', async ({ onTestFinished }) => {
    const world = stage.world()
    onTestFinished(async () => {
      await world.call('POST', '/processing', { body: { paused: false } })
      await world.drained()
    })
    await world.call('POST', '/processing', { body: { paused: true } })
    await world.deliver(textUpdate('/ping waits', 12))
    const { page, requests } = await stage.enter(withClock)
    const run = createRun(page)
    const age = async () =>
      Number(/oldest (\d+) sec/.exec((await page.locator('.flow').textContent()) ?? '')?.[1] ?? NaN)
    await until('its age', async () => (await age()) >= 0)
    const first = await age()
    const seen: number[] = []
    for (let second = 0; second < 12; second++) {
      await run(1000)
      seen.push(await age())
    }
    expect(ticks(requests).length).toBeGreaterThan(2)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBeGreaterThanOrEqual(first + 11)
  })

  it('asks nothing while it is hidden, and at once when it is seen again', async () => {
    const { page, requests } = await stage.enter(withClock)
    await page.getByText('All is well.').waitFor()
    // Hidden in the middle of a tick, whose answer must not lead to the next.
    const asked = page.waitForRequest('**/status?view=tick*')
    let answer: () => Promise<void> = () => Promise.reject(new Error('no tick was held'))
    await page.route('**/status?view=tick*', (route) => {
      answer = () => route.continue()
    })
    await page.clock.runFor(2000)
    await asked
    await setHidden(page, true)
    const answered = page.waitForResponse('**/status?view=tick*')
    await answer()
    await (await answered).finished()
    await page.unroute('**/status?view=tick*')
    const before = requests.length
    await page.clock.runFor(10 * 60_000)
    expect(requests.slice(before)).toEqual([])
    const look = page.waitForRequest('**/status*')
    await setHidden(page, false)
    await look
  })

  it('shows ten errors and the healing that follows them', async () => {
    const world = stage.world()
    const { page } = await stage.enter(withClock)
    await page.getByText('All is well.').waitFor()
    const row = (name: string) => page.locator('.figure-list dl > div', { hasText: name }).locator('dd')
    const epoch = Number(await row('Epoch').textContent())
    world.telegram.refuse('sendMessage', 10, { status: 500, description: 'Internal Server Error' })
    const chats = Array.from({ length: 10 }, (_, index) => 51 + index)
    await Promise.all(chats.map((chat) => world.deliver(textUpdate('/ping ten', chat))))
    await world.drained()
    await soon(page, 'the panel to show the new epoch', async () => {
      return Number(await row('Epoch').textContent()) === epoch + 1
    })
    await page.getByText('All is well.').waitFor()
    expect(await row('Errors in a row').textContent()).toBe('0')
    await page
      .getByText(/10 failures, 0 dead letters/)
      .first()
      .waitFor()
  })
})
