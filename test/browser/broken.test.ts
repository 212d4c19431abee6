import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Route } from 'playwright-core'
import { textUpdate } from '../support/fake-telegram.ts'
import { startServer, type Server } from '../support/server.ts'
import { until } from '../support/until.ts'
import { said, soon, visit, withClock, workersBrowser } from './support/browser.ts'
import { useStage } from './support/stage.ts'

describe('the panel says what is wrong', () => {
  const stage = useStage({ isPublic: true })
  const heal = async () => {
    const world = stage.world()
    Object.assign(world.telegram.switches, { isRevoked: false, isDown: false })
    await world.call('POST', '/restart')
    await world.drained()
  }
  afterEach(heal)

  it('when the store is away, before and after the login, and when it is back', async () => {
    const world = stage.world()
    const { page } = await stage.enter(withClock)
    await page.getByText('All is well.').waitFor()
    await world.front.unreachable('refused')
    // Side by side, because each answer takes the store's whole time-out.
    const operator = async () => {
      await page.getByRole('button', { name: 'Sweep now' }).click()
      await said(page, '“Sweep now” failed: the store cannot be reached.')
      await page.locator('.verdict').getByText('The store cannot be reached.').waitFor()
      await page.locator('.figure-list', { hasText: 'Store' }).getByText('unreachable').waitFor()
    }
    const stranger = async () => {
      const other = await stage.visit()
      await other.page.locator('#token').fill(world.secrets.adminToken)
      await other.page.keyboard.press('Enter')
      await other.page.locator('.verdict').getByText('The store cannot be reached.').waitFor()
      await other.page.getByText('“Log in” failed: the store cannot be reached.').waitFor()
    }
    await Promise.all([operator(), stranger()])

    // Whoever was logged in is so again when the session can be looked up.
    await page.reload()
    await page.locator('#token').waitFor()
    await world.front.reachable()
    await soon(page, 'all to be well', () => page.locator('#main').getByText('All is well.').isVisible())
  })

  it('when the bot re-initialises, and soon after when it has, also to a stranger', async () => {
    const { page } = await stage.visit({
      async prepare(fresh) {
        await fresh.clock.install()
        const route = async (one: Route) => {
          const response = await one.fetch()
          const report = (await response.json()) as object
          await one.fulfill({
            response,
            json: { ...report, status: 'degraded', reasons: ['bot_reinitializing'] },
          })
        }
        await fresh.route('**/health', route, { times: 1 })
      },
    })
    await page.getByText('The bot is re-initialising.').waitFor()
    await page.clock.runFor(5000)
    await page.getByText('All is well.').waitFor()
  })

  it('when the token is revoked: nothing is lost, and it is the token', async () => {
    const world = stage.world()
    world.telegram.switches.isRevoked = true
    await world.deliver(textUpdate('/ping revoked', 61))
    await until('the bot to notice', async () => (await world.health()).body.bot_status === 'UNAUTHORIZED')
    const { page } = await stage.visit()
    await page.locator('.verdict').getByText('Telegram refuses the bot’s token.').waitFor()
    await page.locator('#token').fill(world.secrets.adminToken)
    await page.keyboard.press('Enter')
    await page.locator('#main .verdict.bad').getByText('Telegram refuses the bot’s token.').waitFor()
    await page.locator('.figure-list', { hasText: 'Bot' }).getByText('token refused').first().waitFor()
  })

  it('when Telegram is down and the bot has failed', async () => {
    const world = stage.world()
    world.telegram.switches.isDown = true
    const chats = Array.from({ length: 10 }, (_, index) => 71 + index)
    await Promise.all(chats.map((chat) => world.deliver(textUpdate('/ping down', chat))))
    await until('the bot to have failed', async () => (await world.health()).body.bot_status === 'FAILED')
    const { page } = await stage.enter()
    await page.locator('.verdict.bad').getByText('The bot has failed: Telegram does not answer it.').waitFor()
    await heal()
    await page.getByText(/^All is well\.$/).waitFor()
  })

  it('when the webhook is set elsewhere', async () => {
    const world = stage.world()
    const { page } = await stage.enter()
    await page.getByText(/^All is well\.$/).waitFor()
    // Drift is looked for once a minute: here the panel is told what it would be told then.
    await page.route('**/status', async (route) => {
      const response = await route.fetch()
      const report = (await response.json()) as Record<string, object>
      const json = {
        ...report,
        status: 'unhealthy',
        reasons: ['webhook_elsewhere', 'something_new'],
        detail: {
          ...report['detail'],
          webhook: { url: 'https://else.example/hook', repaired_at: null, last_error_at: null },
        },
      }
      await route.fulfill({ response, json })
    })
    await page.getByRole('button', { name: 'Sweep now' }).click()
    const verdict = page.locator('.verdict.bad')
    await verdict.getByText('The webhook points elsewhere: the bot receives no updates.').waitFor()
    await verdict.getByText(/Its address: https:\/\/else\.example\/hook\./).waitFor()
    await verdict.getByText(/Something is wrong: something_new\./).waitFor()
    expect(world.output()).not.toContain(world.secrets.adminToken)
  })
})

describe('with no configuration at all', () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer({})
  })
  afterAll(() => server?.kill())

  it('the panel loads, and names every variable that is missing', async () => {
    const { page, troubles, close } = await visit(await workersBrowser(), server.url)
    const verdict = page.locator('.verdict.bad')
    await verdict.getByText('The configuration is faulty.').waitFor()
    for (const name of [
      'TELEGRAM_BOT_TOKEN',
      'ADMIN_TOKEN',
      'UPSTASH_REDIS_REST_URL',
      'UPSTASH_REDIS_REST_TOKEN',
    ]) {
      await verdict.getByText(new RegExp(`\\b${name}\\b`)).waitFor()
    }
    await page.locator('#token').fill('whatever it is, it cannot be right')
    await page.keyboard.press('Enter')
    await page.getByText(/“Log in” failed: the configuration is faulty\. \(.*ADMIN_TOKEN/).waitFor()
    expect(troubles).toEqual([])
    await close()
  })
})
