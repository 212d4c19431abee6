/** What the overview shows where not everything is known. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useStage } from './support/stage.ts'

type Report = Record<string, object | null>

describe('the figures', () => {
  const stage = useStage({ isPublic: true })

  /** An overview of a report that is as the server's, but for some of it. */
  const look = async (change: (report: Report) => Report): Promise<Page> => {
    const { page } = await stage.enter({
      prepare: (fresh) =>
        fresh.route('**/status', async (route) => {
          const response = await route.fetch()
          await route.fulfill({ response, json: change((await response.json()) as Report) })
        }),
    })
    await page.locator('.figure-lists').waitFor()
    return page
  }
  const names = (page: Page) => page.locator('.figure-lists dt').allTextContents()
  const lastError = (page: Page) =>
    page.locator('.figure-list .long', { hasText: 'Last error' }).locator('dd')
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString()

  it('are all there where all is known', async () => {
    const shown = await names(await look((report) => report))
    for (const name of ['Errors in a row', 'Latency', 'Points here', 'Waiting at Telegram', 'Last error']) {
      expect(shown).toContain(name)
    }
  })

  it('are left out where the store is away', async () => {
    const page = await look((report) => ({
      ...report,
      inbox: null,
      telegram: null,
      detail: null,
      store: { ok: false, latency_ms: null, error: 'timeout' },
    }))
    expect(await names(page)).toEqual(['Status', 'Status', 'Environment', 'Region', 'Version'])
  })

  it('of Telegram are left out where it was never asked', async () => {
    const telegram = { ok: null, webhook_url_matches: null, last_error: null, checked_at: null }
    const page = await look((report) => ({ ...report, telegram: { ...telegram, pending_update_count: 0 } }))
    const shown = await names(page)
    expect(shown).toContain('Checked')
    for (const name of ['Points here', 'Webhook', 'Waiting at Telegram', 'Last error']) {
      expect(shown).not.toContain(name)
    }
  })

  const days = 3 * 24 * 3600_000
  const erred = (telegram: object) => (report: Report) => ({
    ...report,
    telegram: { ...report['telegram'], last_error: 'timeout', ...telegram },
    detail: {
      ...report['detail'],
      webhook: { url: 'https://x.example', repaired_at: null, last_error_at: ago(days) },
    },
  })

  it('date a failed delivery by when Telegram tried it', async () => {
    const page = await look(erred({ ok: true }))
    expect(await lastError(page).textContent()).toBe('timeout (3 days ago)')
  })

  it('date a failed check by when it was made', async () => {
    const page = await look(erred({ ok: false, checked_at: ago(120_000) }))
    expect(await lastError(page).textContent()).toBe('timeout (2 minutes ago)')
    expect(await names(page)).not.toContain('Waiting at Telegram')
  })
})
