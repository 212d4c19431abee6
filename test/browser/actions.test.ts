import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { said, soon, withClock } from './support/browser.ts'
import { useStage } from './support/stage.ts'

const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click()
const posts = (requests: readonly string[], path: string) =>
  requests.filter((line) => line === `POST ${path}`)

describe('the buttons', () => {
  const stage = useStage({ isPublic: true })

  it('restart the bot after asking, and once for a double click', async () => {
    const { page, requests } = await stage.enter()
    await press(page, 'Restart bot…')
    const dialog = page.getByRole('dialog', { name: 'Restart the bot?' })
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(posts(requests, '/restart')).toHaveLength(0)
    await page.getByRole('button', { name: 'Restart bot…' }).dblclick()
    await dialog.getByRole('button', { name: 'Restart bot' }).dblclick()
    await said(page, /^Restarted: the bot is in epoch \d+/)
    expect(posts(requests, '/restart')).toHaveLength(1)
    await page.getByText('All is well.').waitFor()
  })

  it('say why a restart failed', async () => {
    const { telegram } = stage.world()
    const { page } = await stage.enter()
    telegram.switches.isRevoked = true
    await press(page, 'Restart bot…')
    await press(page, 'Restart bot')
    await said(page, '“Restart bot” failed: Telegram refuses the bot’s token.')
    await page.locator('.verdict').getByText('Telegram refuses the bot’s token.').waitFor()
    telegram.switches.isRevoked = false
    await press(page, 'Restart bot…')
    await press(page, 'Restart bot')
    await said(page, /^Restarted/)
    await page.getByText('All is well.').waitFor()
  })

  it('say what of a restart did not work, in Telegram’s words', async () => {
    const { telegram } = stage.world()
    const { page } = await stage.enter()
    telegram.refuse('setWebhook', 1, { status: 400, description: 'Bad Request: odd' })
    await press(page, 'Restart bot…')
    await press(page, 'Restart bot')
    await said(page, /These steps failed: setWebhook \(400 Bad Request: odd\)\.$/)
    await press(page, 'Restart bot…')
    await press(page, 'Restart bot')
    await said(page, /^Restarted: /)
  })

  it('pause and resume: what comes meanwhile waits, and is answered then', async () => {
    const world = stage.world()
    const { page } = await stage.enter(withClock)
    await press(page, 'Pause')
    await said(
      page,
      'Processing is paused. The bot accepts updates, and they wait. “Resume” starts processing again.',
    )
    await page.locator('.verdict').getByText('Processing is paused.').waitFor()
    await world.deliver(textUpdate('/ping later', 31))
    await soon(page, 'the panel to show it pending', async () => {
      const pending = page.locator('.flow li', { hasText: 'Pending' }).locator('.flow-count')
      return (await pending.textContent()) === '1'
    })
    expect(pongs(world.telegram, 31)).toEqual([])
    await press(page, 'Sweep now')
    await said(page, 'No worker can take a mailbox: paused.')
    await press(page, 'Restart bot…')
    await press(page, 'Restart bot')
    await said(page, /^Restarted: the bot is in epoch \d+\. Processing is paused\. .*“Resume”/)
    await press(page, 'Resume')
    await said(page, /Processing is resumed/)
    await until('the answer', () => pongs(world.telegram, 31).length > 0)
    await page.getByText('All is well.').waitFor()
  })

  it('sweep, once for a double click', async () => {
    const { page, requests } = await stage.enter()
    await page.getByRole('button', { name: 'Sweep now' }).dblclick()
    await said(page, 'No mailbox is waiting.')
    expect(posts(requests, '/drain')).toHaveLength(1)
  })

  it('reset the errors', async () => {
    const { page } = await stage.enter()
    await press(page, 'Reset errors')
    await said(page, 'The error counter is at 0; before, it was at 0 errors.')
    await press(page, 'Close')
    expect(await page.locator('.said').textContent()).toBe('')
  })

  it('say that the network is gone', async () => {
    const { page } = await stage.enter()
    await page.getByText('All is well.').waitFor()
    await page.context().setOffline(true)
    await press(page, 'Sweep now')
    await said(page, '“Sweep now” failed: the server does not answer. Check the network and try again.')
    await page.locator('.verdict').getByText('This deployment does not answer.').waitFor()
    await page.context().setOffline(false)
    await press(page, 'Sweep now').catch(() => {})
    await page.getByText('All is well.').waitFor()
  })
})
