import { describe, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { until } from '../support/until.ts'
import { said } from './support/browser.ts'
import { useStage } from './support/stage.ts'

describe('a question', () => {
  const stage = useStage({ isPublic: true })

  it('is not changed into another while it is read, and the keyboard goes on where a row has gone', async () => {
    const world = stage.world()
    for (const chat of [21, 22]) {
      world.telegram.refuse('sendMessage', 1, { status: 400, description: 'Bad Request: odd' }, chat)
      await world.deliver(textUpdate('/ping', chat))
    }
    await until('two dead letters', () => world.events('update dead-lettered').length === 2)
    await world.drained()
    const { page } = await stage.enter()
    await page.getByRole('link', { name: /Dead letters/ }).click()
    await page.getByRole('button', { name: 'Show letters' }).click()
    let letGo = () => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    await page.route(
      '**/dead-letters',
      async (route) => {
        await held
        await route.continue()
      },
      { times: 1 },
    )
    const late = page.waitForResponse((response) => response.request().method() === 'POST')
    await page.getByRole('button', { name: 'Discard all…' }).click()
    const replay = page
      .locator('.letter')
      .first()
      .getByRole('button', { name: /^Replay/ })
    await replay.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Replay 1 dead letter?').waitFor()
    letGo()
    await (await late).finished()
    // It has given up asking when its button can be pressed again.
    await page.getByRole('button', { name: 'Discard all…' }).waitFor({ state: 'attached' })
    expect(await page.getByRole('heading', { name: /dead letter.*\?/ }).allTextContents()).toEqual([
      'Replay 1 dead letter?',
    ])
    await dialog.getByRole('button', { name: 'Replay' }).focus()
    await page.keyboard.press('Enter')
    await said(page, '1 dead letter replayed.')
    await until('one row to have gone', async () => (await page.locator('.letter').count()) === 1)
    await until('the heading to be focused', async () =>
      Boolean(await page.evaluate('document.activeElement === document.querySelector("#main h1")')),
    )
  })
})
