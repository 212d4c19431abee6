/** A browser before the simulator, and what people do there. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { startDevServer, type DevServer } from '../dev/dev-server.ts'
import { openBrowser } from '../support/chromium.ts'
import { until } from '../support/until.ts'

/** SIMULATOR_SHOTS=folder keeps pictures there. */
const SHOTS = process.env['SIMULATOR_SHOTS'] ?? ''

/** How long an update may take, retries and leases included. */
const UPDATE_MS = 40_000

export interface Started {
  server: DevServer
  /** Its microphone is a made-up one. */
  browser: Browser
  ui: Simulator
  /** The user as whom the page begins. */
  ada: number
}

/** A server and a page for all the tests of a file, of which each fails by what the page complains of. */
export function startForAll(use: (started: Started) => void): void {
  let started: Started
  beforeAll(async () => {
    const [server, browser] = await Promise.all([
      startDevServer(),
      openBrowser('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'),
    ])
    const ui = await openSimulator(browser, server.url, { permissions: ['microphone'] })
    const { world } = await server.client.state()
    await ui.input.waitFor()
    started = { server, browser, ui, ada: world.users[0]?.id ?? 0 }
    use(started)
  })
  afterAll(async () => {
    await started.browser.close()
    await started.server.stop()
  })
  afterEach(async ({ task }) => {
    const { server, ui } = started
    await server.client.clearFault()
    await ui.page.unrouteAll()
    if (task.result?.state === 'fail') await ui.shot(`failed ${task.name.slice(0, 40)}`)
    expect(ui.complaints.splice(0)).toEqual([])
  })
}

export interface Simulator {
  page: Page
  /** What the page, its policy or its scripts complained of. */
  complaints: string[]
  become(name: string): Promise<void>
  open(chat: string): Promise<void>
  say(text: string): Promise<void>
  /** Says something and waits for the bot's answer. @returns what was said */
  talk(text: string): Promise<Locator>
  input: Locator
  /** The newest message. */
  last: Locator
  messages: Locator
  /** The timeline of the newest update of the chat. */
  newest: Locator
  /** Waits until a message says this. */
  hear(text: string | RegExp): Promise<void>
  /** Waits until the newest update's timeline holds all of this. */
  trace(...texts: (string | RegExp)[]): Promise<void>
  /** Presses one of the buttons that a message has under the pointer. */
  tool(message: Locator, name: string): Promise<void>
  /** Lets nothing that people do get through. @returns ends that, after so many failures */
  cutOff(): Promise<(failures: number) => Promise<void>>
  /** Holds the calls of a method of the browser's back. @returns lets them go */
  hold(owner: string, method: string): Promise<() => Promise<void>>
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
  page.setDefaultTimeout(30_000)
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
    async become(name) {
      await page.getByRole('radio', { name }).click()
      await page.getByRole('radio', { name, checked: true }).waitFor()
    },
    async open(chat) {
      await page.locator('.chat-row', { has: page.locator('b', { hasText: chat }) }).click()
      await page.locator('.conversation-head h2', { hasText: chat }).waitFor()
    },
    async say(text) {
      await input.fill(text)
      await input.press('Enter')
    },
    hear: (text) => page.locator('.message .text').filter({ hasText: text }).last().waitFor(),
    async trace(...texts) {
      const newest = page.locator('.timeline').first()
      for (const text of texts) await newest.getByText(text).first().waitFor({ timeout: UPDATE_MS })
    },
    async tool(message, name) {
      const button = message.getByRole('button', { name })
      // A message that comes in between moves this one away from under the pointer.
      await until(`the button ${name}`, async () => {
        await message.hover()
        return button.click({ timeout: 1000 }).then(
          () => true,
          () => false,
        )
      })
    },
    async cutOff() {
      await page.route('**/dev/api/acts', (route) => route.abort())
      return async (failures) => {
        await until('the complaints', () => complaints.length >= failures)
        await page.unroute('**/dev/api/acts')
        expect(complaints.splice(0)).toEqual(
          Array.from({ length: failures }, () => expect.stringContaining('ERR_FAILED')),
        )
      }
    },
    async hold(owner, method) {
      await page.evaluate(`(() => {
        const { ${method}: own } = ${owner}
        const gate = new Promise((resolve) => {
          globalThis.letGo = () => {
            ${owner}.${method} = own
            resolve()
          }
        })
        ${owner}.${method} = async function (...given) {
          await gate
          return own.apply(this, given)
        }
      })()`)
      return () => page.evaluate('letGo()')
    },
    async talk(text) {
      await input.fill(text)
      await input.press('Enter')
      await page.locator(`.message.mine:has-text("${text}") + .message.theirs`).last().waitFor()
      return page.locator('.message.mine', { hasText: text }).last()
    },
    tab: (name) => page.getByRole('tab', { name }).click(),
    async shot(name) {
      if (SHOTS === '') return
      mkdirSync(SHOTS, { recursive: true })
      await page.screenshot({ path: join(SHOTS, `${name}.png`) })
    },
  }
}
