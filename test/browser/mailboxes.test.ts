import { describe, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { said } from './support/browser.ts'
import { useStage } from './support/stage.ts'

describe('stuck mailboxes', () => {
  const stage = useStage({ isPublic: true, env: { LEASE_SECONDS: '300' } })

  it('are released from a worker that has died, long before its lease ends', async () => {
    const world = stage.world()
    world.telegram.switches.isHanging = true
    expect((await world.post(textUpdate('/ping stuck', 41))).status).toBe(200)
    await until('the worker to be at it', () => world.telegram.countOf('sendMessage') > 0)
    await world.server().kill()
    world.telegram.switches.isHanging = false
    await world.restart()

    const { page } = await stage.enter({ path: '/#/mailboxes' })
    const row = page.locator('tbody tr')
    await row.getByText('being processed').waitFor()
    expect(await row.count()).toBe(1)
    expect(await row.locator('code').first().textContent()).toMatch(/^[0-9a-f]{12}$/)
    await row.getByRole('button', { name: /^Release/ }).click()
    const dialog = page.getByRole('dialog', { name: /^Release mailbox [0-9a-f]{12}\?$/ })
    await dialog.getByText(/may be sent again/).waitFor()
    await dialog.getByRole('button', { name: 'Release' }).click()
    await said(page, /is released\.$/)
    await until('the answer', () => pongs(world.telegram, 41).length > 0)
    await until('nothing to wait', async () => {
      await page.getByRole('button', { name: 'Refresh' }).click()
      return page.getByText('No mailbox is waiting.').isVisible()
    })
  })
})
