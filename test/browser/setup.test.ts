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
    await check('ADMIN_TOKEN set').waitFor()
    await check('LEASE_SECONDS default').waitFor()
    const admins = check('ADMIN_TELEGRAM_IDS not set')
    await admins.getByText(/^Set ADMIN_TELEGRAM_IDS to your Telegram user id/).waitFor()
    const text = await page.locator('#main').textContent()
    for (const secret of Object.values(world.secrets)) expect(text).not.toContain(secret)
  })

  it.each([
    [
      'en-GB',
      'The server’s sentence.',
      '5 minutes ago',
      'not used by a preview',
      'The server’s new sentence.',
    ],
    [
      'ru-RU',
      'Telegram не ответил.',
      '5 минут назад',
      'в предпросмотре не нужен',
      'The server’s new sentence.',
    ],
    ['fr-FR', 'Telegram n’a pas répondu.', 'il y a 5 minutes', 'inutile à un aperçu', 'The server’s'],
  ])('words what the server found, in %s', async (locale, remedy, ago, preview, unknown) => {
    const at = new Date(Date.now() - 300_000).toISOString()
    const found = (id: string, state: string, value: string | null, code: string | null) => {
      const sentence = code === 'new_code' ? 'The server’s new sentence.' : 'The server’s sentence.'
      return { id, state, value, remedy: code && sentence, remedy_code: code }
    }
    const checks = [
      found('webhook', 'unknown', null, 'ask_again'),
      found('commands', 'fault', 'fr', 'new_code'),
      found('cron', 'warning', at, 'look_at_cron'),
      found('public_url', 'ok', 'preview', null),
      found('variable:KEY_PREFIX', 'ok', 'default', null),
    ]
    const { page } = await stage.enter({
      path: '/#/setup',
      locale,
      prepare: (fresh) => fresh.route('**/setup', (route) => route.fulfill({ json: { checks } })),
    })
    const line = (index: number) => page.locator('.check').nth(index)
    await line(0).getByText(remedy).waitFor()
    await line(1).getByText(unknown).waitFor()
    await line(2).getByText(ago).waitFor()
    await line(3).getByText(preview).waitFor()
    if (locale === 'en-GB') return
    const texts = await page.locator('.check').allTextContents()
    for (const index of [0, 2, 3]) expect(texts[index]).not.toContain('server')
  })

  it('proves that the whole path works, step by step', async () => {
    const { page } = await stage.enter({ path: '/#/setup' })
    await page.getByRole('button', { name: 'Run self-test' }).click()
    await said(page, /^Every step works: \d+ ms\.$/)
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
    await page.getByRole('button', { name: 'Run self-test' }).click()
    await said(page, 'The self-test failed at: Processed.')
    await page.locator('.proof li.bad').getByText('Telegram refuses the bot’s token.').first().waitFor()
    const settled = page.locator('.proof li', { hasText: 'Settled' })
    expect(await settled.locator('b').textContent()).toBe('–')
    await settled.getByText('not reached').waitFor()
    telegram.switches.isRevoked = false
    await stage.world().call('POST', '/restart')
  })

  it('and everything that operators did is in the audit log', async () => {
    const { page } = await stage.enter()
    await page.getByRole('button', { name: 'Pause' }).click()
    await said(page, /paused/)
    await page.getByRole('button', { name: 'Resume' }).click()
    await said(page, /is resumed/)
    await page.getByRole('link', { name: 'Audit log' }).click()
    await page.getByRole('cell', { name: 'Resumed' }).waitFor()
    const rows = await page.locator('tbody tr').allTextContents()
    for (const [index, what] of ['Resumed', 'Paused', 'Logged in'].entries()) {
      expect(rows[index]).toContain(what)
      expect(rows[index]).toContain('admin token')
    }
    expect(rows.join('\n')).toContain('Ran the self-test')
    expect(rows.join('\n')).toContain('Restarted the bot')
  })
})
