import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { expectAccessible } from './support/accessible.ts'
import { initDataOf } from '../support/init-data.ts'
import { said } from './support/browser.ts'
import { useStage } from './support/stage.ts'

const ADMIN = 901
const FRIEND = 'https://telegram.org'

const initDataFor = (botToken: string, userId: number, atMs?: number) =>
  initDataOf({ id: userId, first_name: '<b>Vera</b>', language_code: 'fr' }, botToken, atMs)

/** Answers for telegram.org: the script as far as the page uses it. */
const telegram = (initData: string) => async (page: Page) => {
  const webApp = {
    initData,
    initDataUnsafe: initData ? { user: { language_code: 'fr' } } : {},
    colorScheme: 'dark',
    themeParams: {
      bg_color: '#17212b',
      section_bg_color: '#232e3c',
      text_color: '#f5f5f5',
      button_color: '#5288c1',
      button_text_color: '#ffffff',
    },
  }
  const body = `window.Telegram = { WebApp: { ...${JSON.stringify(webApp)}, ready() {}, expand() {}, onEvent() {} } }`
  await page.route(`${FRIEND}/js/telegram-web-app.js`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body }),
  )
}

describe('the Mini App', () => {
  const stage = useStage({ isPublic: true, env: { ADMIN_TELEGRAM_IDS: String(ADMIN) } })
  const open = (initData: string) =>
    stage.visit({ path: '/app', friend: FRIEND, width: 390, prepare: telegram(initData) })

  it('lets an administrator in by what Telegram says, in its colours, and asks twice', async () => {
    const { botToken } = stage.world().secrets
    const { page, requests } = await open(initDataFor(botToken, ADMIN))
    await page.locator('#main').waitFor()
    await page.getByText(`Telegram ${ADMIN}`).waitFor()
    const style = 'getComputedStyle(document.documentElement)'
    expect(await page.evaluate(`${style}.backgroundColor`)).toBe('rgb(23, 33, 43)')
    expect(await page.evaluate(`${style}.color`)).toBe('rgb(245, 245, 245)')
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Redémarrer le bot…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Redémarrer le bot' }).click()
    await dialog.getByRole('button', { name: 'Appuyez encore : Redémarrer le bot' }).waitFor()
    expect(requests).not.toContain('POST /restart')
    await dialog.getByRole('button', { name: 'Appuyez encore : Redémarrer le bot' }).click()
    await said(page, /^Redémarré/)
    expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe('{}')
    await page.getByRole('button', { name: 'Se déconnecter' }).click()
    await page.getByRole('button', { name: 'Se connecter' }).waitFor()
  })

  it('lets nobody in by the cookie of another account', async () => {
    const { botToken } = stage.world().secrets
    const { page } = await open(initDataFor(botToken, ADMIN))
    await page.locator('#main').waitFor()
    const again = await page.context().newPage()
    await telegram(initDataFor(botToken, ADMIN))(again)
    const logins: string[] = []
    again.on('request', (request) => logins.push(`${request.method()} ${new URL(request.url()).pathname}`))
    await again.goto(page.url())
    await again.locator('#main').waitFor()
    expect(logins).not.toContain('POST /session')
    const stranger = await page.context().newPage()
    await telegram(initDataFor(botToken, 902))(stranger)
    await stranger.goto(page.url())
    await stranger.getByText(/pas dans ADMIN_TELEGRAM_IDS/).waitFor()
    expect(await stranger.locator('#main').count()).toBe(0)
  })

  it.each([
    {
      who: 'a stranger',
      data: (botToken: string) => initDataFor(botToken, 902),
      says: /pas dans ADMIN_TELEGRAM_IDS/,
    },
    {
      who: 'a forgery',
      data: () => initDataFor('7000000007:another-token-entirely', ADMIN),
      says: /signature de Telegram ne correspond pas/,
    },
    {
      who: 'what is too old',
      data: (botToken: string) => initDataFor(botToken, ADMIN, Date.now() - 6 * 60_000),
      says: /ouverte trop longtemps/,
    },
  ])('refuses $who, and says so', async ({ data, says }) => {
    const { page } = await open(data(stage.world().secrets.botToken))
    await page.getByText(says).waitFor()
  })

  it('says to open it from the bot where it is outside Telegram', async () => {
    const { page } = await open('')
    await page.getByRole('heading', { name: 'Open this page from Telegram' }).waitFor()
  })

  it('says to open it from the bot where telegram.org cannot be reached', async () => {
    const { page } = await stage.visit({
      path: '/app',
      friend: FRIEND,
      prepare: (fresh) => fresh.route(`${FRIEND}/**`, (route) => route.abort()),
    })
    await page.getByRole('heading', { name: 'Open this page from Telegram' }).waitFor()
  })

  it('is the only page that may be framed, and only by Telegram', async () => {
    const { url } = stage.world().server()
    const policy = async (path: string) =>
      (await fetch(`${url}${path}`)).headers.get('content-security-policy') ?? ''
    expect(await policy('/app')).toMatch(/frame-ancestors https:\/\/web\.telegram\.org/)
    for (const path of ['/', '/health', '/nothing']) {
      expect(await policy(path)).toContain("frame-ancestors 'none'")
    }
  })
})
