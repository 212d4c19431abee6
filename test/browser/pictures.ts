/**
 * `npm run pictures`: takes the READMEs' two pictures from a running system, as a person would see it after a
 * short conversation. Needs Chromium (CHROMIUM_PATH).
 */
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ADMIN_TOKEN, startDevServer } from '../dev/dev-server.ts'
import { openBrowser } from '../support/chromium.ts'
import { logIn } from './support/browser.ts'

const PANEL = fileURLToPath(new URL('../../lib/panel/panel.png', import.meta.url))
const SIMULATOR = fileURLToPath(new URL('../../lib/dev/page/simulator.png', import.meta.url))

/** What Ada writes; each is answered before the next is sent. */
const CONVERSATION = ['/start', '/ping hello', '/language']
const MAX_BYTES = 200_000

const server = await startDevServer()
const browser = await openBrowser()
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' })
  page.setDefaultTimeout(30_000)
  await page.goto(`${server.url}/dev/`)
  const input = page.getByRole('textbox', { name: 'Message' })
  for (const text of CONVERSATION) {
    const answers = page.locator('.message.theirs')
    const before = await answers.count()
    await input.fill(text)
    await input.press('Enter')
    await answers.nth(before).waitFor()
  }
  await page.locator('.timeline').first().getByText('settled').first().waitFor()
  await page.screenshot({ path: SIMULATOR })

  // Chromium takes Secure cookies from localhost, and not from 127.0.0.1.
  await page.goto(server.url.replace('127.0.0.1', 'localhost'))
  await logIn(page, ADMIN_TOKEN)
  await page.locator('.figure-lists').waitFor()
  await page.screenshot({ path: PANEL })
} finally {
  await browser.close()
  await server.stop()
}
for (const path of [PANEL, SIMULATOR]) {
  const { size } = await stat(path)
  if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MAX_BYTES}`)
  process.stdout.write(`${path}: ${size} bytes\n`)
}
