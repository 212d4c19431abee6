/** The account's page in a real browser, over the test server of MTProto. */
import jsqr from 'jsqr'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startMtproto } from '../../lib/dev/mtproto/server.ts'
import { initDataOf } from '../support/init-data.ts'
import { until } from '../support/until.ts'
import { expectAccessible } from './support/accessible.ts'
import { expectNoSideScroll, said, soon, withClock, workersBrowser } from './support/browser.ts'
import { useStage } from './support/stage.ts'

type ReadQr = (data: Uint8ClampedArray, width: number, height: number) => { data: string } | null
// Its declarations promise a default that a CommonJS package has one level deeper.
const readQr = jsqr as unknown as ReadQr

const OPERATOR = 901
const server = await startMtproto()
afterAll(() => server.close())
const stage = useStage({
  env: {
    TELEGRAM_API_ID: '12345',
    TELEGRAM_API_HASH: 'abcdef0123456789',
    TELEGRAM_MTPROTO: server.setting,
    ADMIN_TELEGRAM_IDS: String(OPERATOR),
  },
})
const PATH = '/#/account'

beforeEach(async () => {
  const keys = await stage.world().store.redis.keys(`${stage.world().store.prefix}:account*`)
  if (keys.length > 0) await stage.world().store.redis.del(...keys)
})
afterEach(() => {
  server.cloud.faults.refusals.clear()
  server.cloud.faults.hangsUp = false
})

/** What a phone's camera would read off the page. */
async function scanned(page: Page): Promise<string> {
  await page.locator('svg.qr').waitFor()
  const png = (await page.locator('svg.qr').screenshot()).toString('base64')
  const canvas = await (await workersBrowser()).newPage()
  const { width, data } = await canvas.evaluate<{ width: number; data: number[] }>(`(async () => {
    const blob = await (await fetch('data:image/png;base64,${png}')).blob()
    const bitmap = await createImageBitmap(blob)
    const { width, height } = bitmap
    const context = new OffscreenCanvas(width, height).getContext('2d')
    context.drawImage(bitmap, 0, 0)
    return { width, data: [...context.getImageData(0, 0, width, height).data] }
  })()`)
  await canvas.close()
  const found = readQr(Uint8ClampedArray.from(data), width, data.length / 4 / width)
  return found?.data ?? ''
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })

async function beginByCode(page: Page, phone: string): Promise<void> {
  await button(page, 'Log in with a code in the app').click()
  await page.getByLabel('Phone number').fill(phone)
  await page.keyboard.press('Enter')
  await page.getByLabel('Code', { exact: true }).waitFor()
}

describe('the account’s page', () => {
  it('logs in by the QR code on the page, asks for the password, shows chats and messages, logs out', async () => {
    const account = server.add({ home: 4, password: 'geheim', hint: 'the usual' })
    const { page } = await stage.enter({ path: PATH })
    await page.getByText('Whoever has the database and the key owns the account.').waitFor()
    await button(page, 'Log in with a QR code').click()
    const url = await scanned(page)
    expect(url).toMatch(/^tg:\/\/login\?token=/)
    server.scan(url, account)
    await page.getByText('Your hint: the usual').waitFor()
    await page.getByLabel('Password').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('This is not the password.').waitFor()
    await page.getByLabel('Password').fill('geheim')
    await page.keyboard.press('Enter')
    await page.getByText('@ada').waitFor()
    await page.getByRole('heading', { name: 'Bob Bobson' }).waitFor()
    await page.getByText('Messages of channels are not shown').waitFor()
    expect(await button(page, 'Open Daily news').count()).toBe(0)
    await expectAccessible(page)
    await button(page, 'Open Bob Bobson').click()
    await page.getByText('an answer').waitFor()
    await page.getByText('Forwarded from Somebody').waitFor()
    await expectAccessible(page)
    await button(page, 'Load older messages').click()
    await page.getByText('canary text of a private message 60', { exact: true }).waitFor()
    await button(page, 'Back to the chats').click()
    await button(page, 'Log the account out…').click()
    await page.locator('dialog').getByRole('button', { name: 'Log the account out' }).click()
    await said(page, 'The account is logged out.')
    await page.getByText('No account is connected.').waitFor()
  })

  it('logs in by a code, by keyboard alone, at 320 pixels', async () => {
    const account = server.add()
    const { page } = await stage.enter({ path: PATH, width: 320 })
    const code = button(page, 'Log in with a code in the app')
    await code.waitFor()
    await expectNoSideScroll(page)
    const focused = () => page.evaluate<string>('document.activeElement?.textContent ?? ""')
    for (let i = 0; i < 40 && (await focused()) !== 'Log in with a code in the app'; i++) {
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Enter')
    // What is typed before a field has the focus is lost.
    const hasFocus = (field: string) =>
      until(`the field ${field} to have the focus`, () =>
        page.getByLabel(field, { exact: true }).evaluate((input) => input.matches(':focus')),
      )
    await hasFocus('Phone number')
    await page.keyboard.type(account.phone)
    await page.keyboard.press('Enter')
    await page.getByText('The code is in your Telegram app').waitFor()
    await expectNoSideScroll(page)
    await expectAccessible(page)
    await hasFocus('Code')
    await page.keyboard.type(server.codeOf(account.phone))
    await page.keyboard.press('Enter')
    await page.getByText('@ada').waitFor()
    await page.getByRole('heading', { name: 'Bob Bobson' }).waitFor()
    await expectNoSideScroll(page)
  })

  it('takes a wrong code five times, then says to wait', async () => {
    const account = server.add()
    const { page } = await stage.enter({ path: PATH })
    await beginByCode(page, account.phone)
    for (let i = 0; i < 5; i++) {
      await page.getByLabel('Code', { exact: true }).fill(`1111${i}`)
      await page.keyboard.press('Enter')
      await page.getByText('This is not the code.').waitFor()
      await until('the button to be free', () => button(page, 'Check').isVisible())
    }
    await page.getByLabel('Code', { exact: true }).fill('11119')
    await page.keyboard.press('Enter')
    await page.getByText(/Too many calls\. Wait a little\./).waitFor()
  })

  it('resumes a code and a password where it was left', async () => {
    const account = server.add({ password: 'geheim' })
    const { page } = await stage.enter({ path: PATH })
    await beginByCode(page, account.phone)
    await page.reload()
    await page.getByLabel('Code', { exact: true }).fill(server.codeOf(account.phone))
    await page.keyboard.press('Enter')
    await page.getByText('Your hint: the usual').waitFor()
    await page.reload()
    await page.getByText('Your hint: the usual').waitFor()
    await button(page, 'Cancel the login').click()
    await page.getByText('No account is connected.').waitFor()
  })

  it('does not ask while it is hidden', async () => {
    const { page, requests } = await stage.enter({ path: PATH, ...withClock })
    const show = (isHidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))`)
    const checks = () => requests.filter((one) => one === 'POST /account/qr/check').length
    await button(page, 'Log in with a QR code').click()
    await page.locator('svg.qr').waitFor()
    await soon(page, 'the first look', () => Promise.resolve(checks() > 0))
    await show(true)
    const before = checks()
    await page.clock.runFor(60_000)
    expect(checks()).toBe(before)
    await show(false)
    await soon(page, 'it to ask again', () => Promise.resolve(checks() > before))
  })

  it('says that Telegram has ended the session, and how to go on', async () => {
    const account = server.add()
    const { page } = await stage.enter({ path: PATH })
    await beginByCode(page, account.phone)
    await page.getByLabel('Code', { exact: true }).fill(server.codeOf(account.phone))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Bob Bobson' }).waitFor()
    server.revoke(account)
    await button(page, 'Open Bob Bobson').click()
    await page.getByText('Telegram has ended the session.', { exact: true }).waitFor()
    await button(page, 'Log in with a QR code').waitFor()
  })

  it('says until when Telegram asks to wait', async () => {
    server.cloud.faults.refusals.set('auth.sendCode', { code: 420, text: 'FLOOD_WAIT_3600', times: 1 })
    const { page } = await stage.enter({ path: PATH })
    await button(page, 'Log in with a code in the app').click()
    await page.getByLabel('Phone number').fill(server.add().phone)
    await page.keyboard.press('Enter')
    await page
      .getByText(/^Telegram asks to wait until .+\.$/)
      .first()
      .waitFor()
    await page.reload()
    await page
      .getByText(/^Telegram asks to wait until .+\.$/)
      .first()
      .waitFor()
  })

  it('asks for the admin token over the same view where the operator’s own session ends, and goes on', async () => {
    const account = server.add()
    const { page } = await stage.enter({ path: PATH })
    await beginByCode(page, account.phone)
    await page.context().clearCookies()
    await page.getByLabel('Code', { exact: true }).fill(server.codeOf(account.phone))
    await page.keyboard.press('Enter')
    await page.getByLabel('Admin token').fill(stage.world().secrets.adminToken)
    await page.keyboard.press('Enter')
    await until('the question to be gone', async () => (await page.getByLabel('Admin token').count()) === 0)
    expect(await page.getByLabel('Code', { exact: true }).inputValue()).toBe(server.codeOf(account.phone))
    await page.getByLabel('Code', { exact: true }).press('Enter')
    await page.getByText('@ada').waitFor()
  })

  it.each([
    ['ru-RU', 'Войти по QR-коду', 'Отсканируйте QR-код'],
    ['fr-FR', 'Se connecter par code QR', 'Scannez le code QR'],
  ])('speaks %s', async (locale, action, heading) => {
    const { page } = await stage.enter({ path: PATH, locale })
    await button(page, action).click()
    await page.getByRole('heading', { name: heading }).waitFor()
    expect(await scanned(page)).toMatch(/^tg:\/\/login\?token=/)
    await expectAccessible(page)
  })

  it('draws the QR code black on white in the dark too, 240 pixels wide at least', async () => {
    const { page } = await stage.enter({ path: PATH, scheme: 'dark', width: 320 })
    await button(page, 'Log in with a QR code').click()
    expect(await scanned(page)).toMatch(/^tg:\/\/login\?token=/)
    const box = await page.locator('svg.qr').boundingBox()
    expect(box?.width).toBeGreaterThanOrEqual(240)
    await expectNoSideScroll(page)
    await expectAccessible(page)
  })

  it('offers the code first inside Telegram, whose phone cannot scan itself', async () => {
    const initData = initDataOf({ id: OPERATOR, first_name: 'Vera' }, stage.world().secrets.botToken)
    const webApp = JSON.stringify({ initData, initDataUnsafe: {}, colorScheme: 'light', themeParams: {} })
    const body = `window.Telegram = { WebApp: { ...${webApp}, ready() {}, expand() {}, onEvent() {} } }`
    const friend = 'https://telegram.org'
    const { page } = await stage.visit({
      path: '/app#/account',
      friend,
      width: 390,
      prepare: (opened) =>
        opened.route(`${friend}/js/telegram-web-app.js`, (route) =>
          route.fulfill({ contentType: 'text/javascript', body }),
        ),
    })
    await button(page, 'Log in with a code in the app').waitFor()
    expect(await button(page, 'Log in with a QR code').count()).toBe(0)
    await button(page, 'I have a second device').click()
    await button(page, 'Log in with a QR code').click()
    expect(await scanned(page)).toMatch(/^tg:/)
    await expectAccessible(page)
  })
})
