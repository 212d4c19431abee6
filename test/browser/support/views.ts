import type { Page } from 'playwright-core'

/** Every view, with what is only there once it has shown what it asked for. */
export const VIEWS = [
  { view: 'overview', ready: '.figure-lists' },
  { view: 'dead-letters', ready: '.groups, .empty' },
  { view: 'mailboxes', ready: '.table, .empty' },
  { view: 'setup', ready: '.checks' },
  { view: 'audit', ready: '.table' },
  { view: 'account', ready: '.account-state' },
] as const

/** Goes to a view as a click on its link would. */
export async function go(page: Page, { view, ready }: (typeof VIEWS)[number]): Promise<void> {
  await page.evaluate(`location.hash = '#/${view}'`)
  await page.locator(`#main:has([tabindex]) :is(${ready})`).first().waitFor()
}
