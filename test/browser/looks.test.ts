import { beforeAll, describe, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { until } from '../support/until.ts'
import { expectAccessible } from './support/accessible.ts'
import { expectNoSideScroll, said } from './support/browser.ts'
import { useStage } from './support/stage.ts'
import { go, VIEWS } from './support/views.ts'

describe('every view', () => {
  const stage = useStage({ isPublic: true, env: { LEASE_SECONDS: '300' } })

  beforeAll(async () => {
    const world = stage.world()
    world.telegram.refuse(
      'sendMessage',
      1,
      { status: 400, description: `Bad Request: ${'long '.repeat(30)}` },
      21,
    )
    await world.deliver(textUpdate(`/ping ${'w'.repeat(300)}`, 21))
    await until('a dead letter', () => world.events('update dead-lettered').length > 0)
    await world.call('POST', '/processing', { body: { paused: true } })
    await world.deliver(textUpdate('/ping waits', 22))
  })

  it.each(['light', 'dark'] as const)('has nothing serious for axe to find in %s', async (scheme) => {
    const { page } = await stage.visit({ scheme })
    await page.locator('.verdict.warn').waitFor()
    await expectAccessible(page)
    await page.locator('#token').fill(stage.world().secrets.adminToken)
    await page.keyboard.press('Enter')
    for (const view of VIEWS) {
      await go(page, view)
      if (view.view === 'dead-letters') {
        await page.getByRole('button', { name: 'Show letters' }).click()
        await page.getByText('Payload').click()
      }
      await expectAccessible(page)
    }
    await go(page, VIEWS[0])
    await page.getByRole('button', { name: 'Restart bot…' }).click()
    await page.getByRole('dialog').waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Reset errors' }).click()
    await said(page, /The error counter/)
    await expectAccessible(page)
  })

  it.each([
    { width: 320, locale: 'ru-RU', scheme: 'dark', word: 'Обработка приостановлена.' },
    { width: 320, locale: 'fr-CA', scheme: 'light', word: 'Le traitement est en pause.' },
    { width: 390, locale: 'en-US', scheme: 'dark', word: 'Processing is paused.' },
  ] as const)('fits into $width pixels, in $locale', async ({ width, locale, scheme, word }) => {
    const { page } = await stage.visit({ width, locale, scheme })
    await page.locator('.verdict').getByText(word).waitFor()
    await expectNoSideScroll(page)
    await page.locator('#token').fill(stage.world().secrets.adminToken)
    await page.keyboard.press('Enter')
    for (const view of VIEWS) {
      await go(page, view)
      if (view.view === 'dead-letters') {
        await page.locator('[aria-expanded]').click()
        await page.locator('summary').click()
      }
      await expectNoSideScroll(page)
      await expectAccessible(page)
    }
    await go(page, VIEWS[1])
    await page.locator('.view-head .danger').click()
    await page.getByRole('dialog').waitFor()
    await expectNoSideScroll(page)
  })

  it('speaks the chosen language, and remembers it and the appearance', async () => {
    const { page } = await stage.enter({ locale: 'de-DE' })
    await page.getByRole('link', { name: 'Dead letters' }).waitFor()
    await page.getByLabel('Language').selectOption('ru')
    await page.getByRole('link', { name: 'Мёртвые письма' }).click()
    await page.getByText('1 мёртвое письмо', { exact: true }).waitFor()
    await page.getByLabel('Оформление').selectOption('dark')
    await page.reload()
    await page.getByRole('link', { name: 'Мёртвые письма' }).waitFor()
    expect(await page.evaluate('document.documentElement.lang')).toBe('ru')
    expect(await page.title()).toBe('Мёртвые письма · Evergram')
    const background = 'getComputedStyle(document.documentElement).backgroundColor'
    expect(await page.evaluate(background)).toBe('rgb(14, 21, 18)')
    expect(await page.evaluate('({ ...localStorage })')).toEqual({
      'evergram:language': 'ru',
      'evergram:theme': 'dark',
    })
  })

  it('is worked by keyboard alone', async () => {
    const { page } = await stage.visit()
    const focused = () => page.evaluate('document.activeElement.textContent || document.activeElement.id')
    /** Presses Tab until the focus is on a control of this name. */
    const tabTo = async (name: RegExp) => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab')
        if (name.test(String(await focused()))) return
      }
      throw new Error(`no way by Tab to ${name}`)
    }
    await until('the field to be focused', async () => (await focused()) === 'token')
    await page.keyboard.type(stage.world().secrets.adminToken)
    await page.keyboard.press('Enter')
    await page.locator('.figure-lists').waitFor()
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await until('the heading to be focused', async () => (await focused()) === 'Overview')
    await tabTo(/^Restart bot/)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await until('the dialog to have the focus', async () => (await focused()) === 'Cancel')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await until('the focus to come back', async () => (await focused()) === 'Restart bot…')
    await page.keyboard.press('Enter')
    await tabTo(/^Restart bot$/)
    await page.keyboard.press('Enter')
    await said(page, /^Restarted/)
    await tabTo(/^Audit log$/)
    await page.keyboard.press('Enter')
    await until('the heading to be focused', async () => (await focused()) === 'Audit log')
    await tabTo(/^Log out$/)
    await page.keyboard.press('Enter')
    await page.getByText('You are logged out.').waitFor()
  })
})
