/** Pages in Chromium that keep account of everything that must not happen. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { openBrowser } from '../../support/chromium.ts'
import { until } from '../../support/until.ts'

export interface Visit {
  page: Page
  /** What the policy has stopped, dialogs that opened, errors thrown, requests to elsewhere. */
  troubles: string[]
  /** Paths and queries that were asked for, with their method. */
  requests: string[]
  close: () => Promise<void>
}

export interface VisitOptions {
  width?: number
  scheme?: 'light' | 'dark'
  locale?: string
  path?: string
  /** The one other origin that the page may ask. */
  friend?: string
  /** Before anything is loaded. */
  prepare?: (page: Page) => Promise<unknown>
}

let browser: Promise<Browser> | undefined

/**
 * The one browser of this worker; visits are apart by their contexts. Playwright ends it together with the worker.
 * @throws where the machine has no Chromium
 */
export const workersBrowser = (): Promise<Browser> => (browser ??= openBrowser())

/** Opens a page of its own. @param origin of the server, as http://127.0.0.1:port */
export async function visit(browser: Browser, origin: string, options: VisitOptions = {}): Promise<Visit> {
  // Chromium takes Secure cookies from localhost, and not from 127.0.0.1.
  const home = origin.replace('127.0.0.1', 'localhost')
  const width = options.width ?? 1280
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: options.scheme ?? 'light',
    locale: options.locale ?? 'en-GB',
  } satisfies BrowserContextOptions)
  const troubles: string[] = []
  const requests: string[] = []
  await context.exposeFunction('tellTrouble', (text: string) => troubles.push(text))
  await context.addInitScript(`
    document.addEventListener('securitypolicyviolation', (event) =>
      tellTrouble('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))
  `)
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol === 'blob:' || url.protocol === 'data:') return
    if (url.origin === home) requests.push(`${request.method()} ${url.pathname}${url.search}`)
    else if (url.origin !== options.friend) troubles.push(`request to ${url.origin}`)
  })
  await options.prepare?.(page)
  await page.goto(`${home}${options.path ?? '/'}`)
  const close = async () => {
    // A route that is still fetching would fail after the end of its context, in the middle of another test.
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await context.close()
  }
  return { page, troubles, requests, close }
}

/** Logs in by the form. */
export async function logIn(page: Page, adminToken: string): Promise<void> {
  await page.locator('#token').fill(adminToken)
  await page.keyboard.press('Enter')
  await page.locator('#main').waitFor()
}

/** For a visit whose clock is driven by hand, so that nobody waits for the next tick. */
export const withClock: VisitOptions = { prepare: (page) => page.clock.install() }

/** Lets the page's clock run, a tick's pause at a time, until something is so. */
export function soon(page: Page, what: string, ask: () => Promise<boolean>): Promise<boolean> {
  return until(what, async () => {
    if (await ask()) return true
    await page.clock.runFor(2000)
    return false
  })
}

/** The line that says what an action did. */
export function said(page: Page, text: string | RegExp): Promise<void> {
  return page.locator('.said').getByText(text).waitFor()
}

/** @throws where the page can be scrolled sideways */
export async function expectNoSideScroll(page: Page): Promise<void> {
  const widths = await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')
  const [content = 0, window = 0] = widths as number[]
  expect(content, page.url()).toBeLessThanOrEqual(window)
}
