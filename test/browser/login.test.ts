import { describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { logIn } from './support/browser.ts'
import { useStage } from './support/stage.ts'

describe('the login', () => {
  const stage = useStage()

  it('exchanges the token for a session, and keeps it nowhere', async () => {
    const { adminToken } = stage.world().secrets
    const { page, requests } = await stage.visit()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('Enter the admin token.').waitFor()
    await logIn(page, adminToken)
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, document.documentElement.outerHTML])',
    )
    expect(kept).not.toContain(adminToken)
    expect((JSON.parse(String(kept)) as unknown[]).slice(0, 3)).toEqual([{}, {}, ''])
    expect(requests.join('\n')).not.toContain(adminToken)
    // The session outlives the page.
    await page.reload()
    await page.locator('#main').waitFor()
    const cookies = await page.context().cookies()
    expect(cookies).toMatchObject([
      { name: '__Host-evergram', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' },
    ])
  })

  it('ends when the operator leaves, here and in every other window', async () => {
    const { page } = await stage.enter()
    const other = await page.context().newPage()
    await other.goto(page.url())
    await other.locator('#main').waitFor()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByText('You are logged out.').waitFor()
    expect(await page.context().cookies()).toEqual([])
    await other.getByRole('button', { name: 'Sweep now' }).click()
    await other.getByText('The session has ended. Log in again.').waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
  })

  it('is not ended by a late answer to a session that was left', async () => {
    const { page } = await stage.enter()
    /** Logs out while a question is under way. @returns what answers it, as the server would the old cookie */
    const leave = async () => {
      let letGo = () => {}
      const held = new Promise<void>((resolve) => (letGo = resolve))
      const json = { error: { code: 'unauthorized', message: 'no session' } }
      await page.route(
        '**/status?*',
        async (route) => {
          await held
          await route.fulfill({ status: 401, json })
        },
        { times: 1 },
      )
      const answered = page.waitForResponse((response) => response.status() === 401)
      await page.waitForRequest('**/status?*')
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.getByText('You are logged out.').waitFor()
      return async () => {
        letGo()
        await (await answered).finished()
        // One turn of the page, so that what the answer leads to has been done.
        await page.evaluate('new Promise((done) => setTimeout(done))')
      }
    }
    const first = await leave()
    await first()
    await page.getByText('You are logged out.').waitFor()
    await logIn(page, stage.world().secrets.adminToken)
    const second = await leave()
    await logIn(page, stage.world().secrets.adminToken)
    await second()
    await page.locator('#main').waitFor()
    const swept = page.waitForResponse('**/drain')
    await page.getByRole('button', { name: 'Sweep now' }).click()
    expect((await swept).status()).toBe(200)
  })

  it('says who is wrong, and after five tries how long to wait', async () => {
    const { page, requests } = await stage.visit()
    const field = page.locator('#token')
    for (let tries = 0; tries < 5; tries++) {
      await field.fill(`wrong ${tries}`)
      const answer = page.waitForResponse('**/session')
      await page.keyboard.press('Enter')
      expect((await answer).status()).toBe(401)
      await page.getByText('this is not the admin token').waitFor()
    }
    await field.fill('wrong again')
    await page.keyboard.press('Enter')
    const wait = page.locator('.trouble-line [aria-hidden]')
    await wait.waitFor()
    const left = async () => Number(/Try again in (\d+) second/.exec((await wait.textContent()) ?? '')?.[1])
    const first = await left()
    expect(first).toBeGreaterThan(30)
    await until('the countdown to go on', async () => (await left()) < first)
    const before = requests.length
    await page.keyboard.press('Enter')
    const then = await left()
    await until('the page to have gone on', async () => (await left()) < then)
    expect(requests.slice(before).filter((line) => line.includes('/session'))).toEqual([])
  })

  it('leaves what is typed while an answer is awaited', async () => {
    const { page } = await stage.visit()
    let letGo = () => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    const json = { error: { code: 'wrong_token', message: 'no' } }
    await page.route('**/session', async (route) => {
      if (route.request().method() !== 'POST') return route.continue()
      await held
      await route.fulfill({ status: 401, json })
    })
    await page.locator('#token').fill('wrong')
    await page.keyboard.press('Enter')
    await page.locator('#token').fill('another')
    letGo()
    await page.getByText('this is not the admin token').waitFor()
    await page.keyboard.type('!')
    expect(await page.locator('#token').inputValue()).toBe('another!')
  })
})
