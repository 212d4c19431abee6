import { describe, expect, it } from 'vitest'
import { said } from './support/browser.ts'
import { useStage } from './support/stage.ts'

describe('the setup check', () => {
  const stage = useStage({ isPublic: true })

  it('names what is there and what is not, with the remedy and without a value', async () => {
    const world = stage.world()
    const { page } = await stage.enter({ path: '/#/setup' })
    const check = (name: string) =>
      page.locator('.check').filter({ has: page.getByText(name, { exact: true }) })
    await check('Webhook in order').waitFor()
    await check('Webhook in order').getByText('https://evergram.example/webhook').waitFor()
    await check('ADMIN_TOKEN in order').waitFor()
    const admins = check('ADMIN_TELEGRAM_IDS worth a look')
    await admins.getByText(/^Set ADMIN_TELEGRAM_IDS to your Telegram user id/).waitFor()
    const text = await page.locator('#main').textContent()
    for (const secret of Object.values(world.secrets)) expect(text).not.toContain(secret)
  })

  it('proves that the whole path works, step by step', async () => {
    const { page } = await stage.enter({ path: '/#/setup' })
    await page.getByRole('button', { name: 'Prove it' }).click()
    await said(page, /^The whole path works: \d+ ms\.$/)
    for (const ms of await page.locator('.proof b').allTextContents()) expect(ms).toMatch(/^\d+ ms$/)
    expect(await page.locator('.proof span').allTextContents()).toEqual([
      'Accepted',
      'Answered with 200',
      'Processed',
      'Telegram reached',
      'Settled',
    ])
  })

  it('says where the path breaks', async () => {
    const { telegram } = stage.world()
    telegram.switches.isRevoked = true
    const { page } = await stage.enter({ path: '/#/setup' })
    await page.getByRole('button', { name: 'Prove it' }).click()
    await said(page, /^The path breaks at: /)
    telegram.switches.isRevoked = false
    await stage.world().call('POST', '/restart')
  })

  it('and everything that operators did is in the audit log', async () => {
    const { page } = await stage.enter()
    await page.getByRole('button', { name: 'Pause' }).click()
    await said(page, /paused/)
    await page.getByRole('button', { name: 'Resume' }).click()
    await said(page, /goes on/)
    await page.getByRole('link', { name: 'Audit log' }).click()
    await page.getByRole('cell', { name: 'Resumed' }).waitFor()
    const rows = await page.locator('tbody tr').allTextContents()
    for (const [index, what] of ['Resumed', 'Paused', 'Logged in'].entries()) {
      expect(rows[index]).toContain(what)
      expect(rows[index]).toContain('admin token')
    }
    expect(rows.join('\n')).toContain('Proved the path')
    expect(rows.join('\n')).toContain('Restarted the bot')
  })
})
