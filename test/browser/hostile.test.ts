import type { Page, Route } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { until } from '../support/until.ts'
import { useStage } from './support/stage.ts'
import { go, VIEWS } from './support/views.ts'

/** What people call themselves to see who falls for it. */
const PAYLOADS = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(2)</script>',
  '<svg/onload=alert(3)>',
  'javascript:alert(4)',
  '<style>*{display:none}</style>',
  '</title><iframe srcdoc="<script>parent.alert(5)</script>">',
  '{{constructor.constructor("alert(6)")()}}',
]
const ALL = PAYLOADS.join(' ')

/** @throws where a payload has become an element; the stage checks that no script ran and no policy was hurt */
async function expectHarmless(page: Page): Promise<void> {
  const foreign = page.locator('#root :is(img, script, iframe, style, object, embed, form[action])')
  expect(await foreign.count()).toBe(0)
  expect(await page.locator('#root [onerror], #root [onload], #root [style*="display"]').count()).toBe(0)
  expect(await page.evaluate("[...document.querySelectorAll('a')].map((a) => a.protocol)")).not.toContain(
    'javascript:',
  )
}

describe('text from outside', () => {
  const stage = useStage({ isPublic: true })

  it('is text in every view: names, messages, errors and addresses', async () => {
    const world = stage.world()
    const from = { id: 21, is_bot: false, first_name: ALL, last_name: ALL, username: ALL }
    world.telegram.refuse('sendMessage', 1, { status: 400, description: `Bad Request: ${ALL}` }, 21)
    await world.deliver(
      textUpdate(`/ping ${ALL}`, 21, { from, chat: { id: 21, type: 'private', title: ALL } }),
    )
    await until('a dead letter', () => world.events('update dead-lettered').length > 0)
    world.telegram.takeOver(`https://else.example/${encodeURI(ALL)}?"><script>alert(7)</script>`)
    const { page } = await stage.enter()
    for (const view of VIEWS) {
      await go(page, view)
      if (view.view === 'dead-letters') {
        await page.getByRole('button', { name: 'Show letters' }).click()
        await page.getByText('Payload').click()
        const payload = JSON.parse((await page.locator('pre').textContent()) ?? '') as {
          message: { from: { first_name: string } }
        }
        expect(payload.message.from.first_name).toBe(ALL)
        expect(await page.locator('.group h3').textContent()).toContain(PAYLOADS[0])
      }
      if (view.view === 'setup') await page.getByText(/else\.example/).waitFor()
      await expectHarmless(page)
    }
    await world.call('POST', '/restart')
  })

  it('is text wherever an answer could carry it', async () => {
    const poison = (value: unknown): unknown => {
      if (typeof value === 'string') return Number.isNaN(Date.parse(value)) ? `${ALL} ${value}` : value
      if (Array.isArray(value)) return value.map(poison)
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, poison(inner)]))
    }
    const answer = async (route: Route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: poison(await response.json()) })
    }
    const { page } = await stage.enter()
    await page.route(/\/(status|health|dead-letters|mailboxes|setup|restart|drain)(\?|$)/, answer)
    await page.reload()
    for (const view of VIEWS) {
      await go(page, view)
      await expectHarmless(page)
    }
    await go(page, VIEWS[0])
    await page
      .getByText(PAYLOADS[0] ?? '')
      .first()
      .waitFor()
  })
})
