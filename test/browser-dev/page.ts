/** A browser before the simulator, and what people do there. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { openBrowser } from '../support/chromium.ts'

/** SIMULATOR_SHOTS=folder keeps pictures there. */
const SHOTS = process.env['SIMULATOR_SHOTS'] ?? ''

/** A browser whose microphone is a made-up one. */
export const launch = (): Promise<Browser> =>
  openBrowser('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream')

export interface Simulator {
  page: Page
  /** What the page, its policy or its scripts complained of. */
  complaints: string[]
  become(name: string): Promise<void>
  open(chat: string): Promise<void>
  say(text: string): Promise<void>
  input: Locator
  /** The newest message. */
  last: Locator
  messages: Locator
  /** The timeline of the newest update of the chat. */
  newest: Locator
  tab(name: 'Timeline' | 'Faults' | 'Log'): Promise<void>
  shot(name: string): Promise<void>
}

/** Opens the page in a context of its own. */
export async function openSimulator(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Simulator> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.addInitScript(
    `document.addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.blockedURI))`,
  )
  await page.goto(`${url}/dev/`)
  const input = page.getByRole('textbox', { name: 'Message' })
  const messages = page.locator('.message')
  return {
    page,
    complaints,
    input,
    messages,
    last: messages.last(),
    newest: page.locator('.timeline').first(),
    become: (name) => page.getByRole('radio', { name }).click(),
    open: (chat) => page.locator('.chat-row', { has: page.locator('b', { hasText: chat }) }).click(),
    async say(text) {
      await input.fill(text)
      await input.press('Enter')
    },
    tab: (name) => page.getByRole('tab', { name }).click(),
    async shot(name) {
      if (SHOTS === '') return
      mkdirSync(SHOTS, { recursive: true })
      await page.screenshot({ path: join(SHOTS, `${name}.png`) })
    },
  }
}
