import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { textUpdate, type Update } from '../support/fake-telegram.ts'
import { pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { said, soon, withClock } from './support/browser.ts'
import { useStage } from './support/stage.ts'

const REFUSAL = { status: 400, description: 'Bad Request: message thread 17 not found' }
const OTHER = { status: 400, description: 'Bad Request: something else is wrong' }

describe('dead letters', () => {
  const stage = useStage({ isPublic: true })
  const discardAll = () =>
    stage.world().call('POST', '/dead-letters', { body: { action: 'discard', all: true } })
  afterEach(discardAll)

  /** Lets Telegram refuse the answer to a message, and waits until the bot has given it up. */
  async function kill(update: Update, chatId: number, refusal = REFUSAL): Promise<void> {
    const world = stage.world()
    const before = world.events('update dead-lettered').length
    world.telegram.refuse('sendMessage', 1, refusal, chatId)
    await world.deliver(update)
    await until('the dead letter', () => world.events('update dead-lettered').length > before)
    await world.drained()
  }

  it('are seen in the overview, grouped by cause, shown, replayed one, by group and all', async () => {
    const world = stage.world()
    const { page, requests } = await stage.enter(withClock)
    await page.getByText('All is well.').waitFor()
    const first = textUpdate('/ping one', 21)
    await kill(first, 21)
    await soon(page, 'the badge', () => page.locator('.badge').getByText('1').isVisible())
    await kill(textUpdate('/ping two', 22), 22)
    await kill(textUpdate('/ping three', 23), 23)
    await kill(textUpdate('/ping other', 24), 24, OTHER)

    await page.getByRole('link', { name: /Dead letters/ }).click()
    await page.getByText('4 dead letters', { exact: true }).waitFor()
    const group = page.locator('.group', { hasText: 'message thread 17 not found' })
    expect(await group.locator('.group-count').textContent()).toBe('3')
    await group.getByRole('button', { name: 'Show letters' }).click()
    const letter = group.locator('.letter', { hasText: `Update ${first.update_id}` })
    await letter.getByText('Payload').click()
    const shown = await letter.locator('pre').textContent()
    expect(JSON.parse(shown ?? '')).toEqual(first)

    // One: what it would touch is counted first, and the warning names what may repeat.
    await letter.getByRole('button', { name: /^Replay/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Replay 1 dead letter?').waitFor()
    await dialog.getByText(/may happen a second time/).waitFor()
    expect(pongs(world.telegram, 21)).toEqual([])
    await dialog.getByRole('button', { name: 'Replay' }).dblclick()
    await said(page, '1 dead letter replayed.')
    await until('the answer', () => pongs(world.telegram, 21).length > 0)
    expect(pongs(world.telegram, 21)).toEqual(['one'])

    await group.getByRole('button', { name: 'Replay group…' }).click()
    await dialog.getByText('Replay 2 dead letters?').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await group.getByRole('button', { name: 'Replay group…' }).click()
    await dialog.getByRole('button', { name: 'Replay' }).click()
    await said(page, '2 dead letters replayed.')
    await until(
      'the answers',
      () => pongs(world.telegram, 22).length + pongs(world.telegram, 23).length === 2,
    )

    await page.getByText('1 dead letter', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Replay all…' }).click()
    await dialog.getByText('Replay 1 dead letter?').waitFor()
    await dialog.getByRole('button', { name: 'Replay' }).click()
    await said(page, '1 dead letter replayed.')
    await page.getByText('There are no dead letters.').waitFor()
    await until('the answer', () => pongs(world.telegram, 24).length > 0)
    expect(requests.filter((line) => line === 'POST /dead-letters')).toHaveLength(7)
  })

  it('are saved as JSON, and discarded', async () => {
    await kill(textUpdate('/ping one', 21), 21)
    await kill(textUpdate('/ping two', 22), 22, OTHER)
    const { page } = await stage.enter({ path: '/#/dead-letters' })
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download as JSON' }).click()
    const file = await download
    expect(file.suggestedFilename()).toBe('evergram-dead-letters.json')
    const saved = JSON.parse(await readFile(await file.path(), 'utf8')) as { dead_letters: unknown[] }
    expect(saved.dead_letters).toHaveLength(2)
    await said(page, '2 dead letters saved as JSON.')

    await page.getByRole('button', { name: 'Discard all…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Discard 2 dead letters?' })
    await dialog.getByText(/deleted for good/).waitFor()
    await dialog.getByRole('button', { name: 'Discard' }).click()
    await said(page, '2 dead letters discarded.')
    await page.getByText('There are no dead letters.').waitFor()
  })

  /** Letters of one cause, written into the store, the newest last. */
  async function bury(count: number, text: string): Promise<void> {
    const { raw, prefix } = stage.world().store
    const ids = Array.from({ length: count }, (_, n) => String(n + 1))
    const letter = (id: string) =>
      `${id} 21 1\n{"message":"buried"}\n1 ${id} 1 21 ok - 0\n${JSON.stringify({ update_id: id, text })}`
    await raw.command('HSET', `${prefix}:dead`, ...ids.flatMap((id) => [id, letter(id)]))
    await raw.command('ZADD', `${prefix}:dead:at`, ...ids.flatMap((id) => [id, id]))
  }

  it('come page by page, and what is there is not read again for more', async () => {
    await bury(250, 'short')
    const { page, requests } = await stage.enter({ path: '/#/dead-letters' })
    const pages = () => requests.flatMap((line) => /^GET .dead-letters.offset=(\d+)/.exec(line)?.[1] ?? [])
    const letters = page.locator('.letter')
    await page.getByRole('button', { name: 'Show letters' }).click()
    await letters.nth(99).waitFor()
    expect(await letters.count()).toBe(100)
    expect(pages()).toEqual(['0'])
    await page.getByRole('button', { name: 'Load more' }).click()
    await letters.nth(199).waitFor()
    expect(pages()).toEqual(['0', '100'])
    expect(await page.locator('.group-count').textContent()).toBe('250')

    // After a change all that is shown is read anew.
    await page.getByRole('button', { name: 'Discard: Update 250' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click()
    await page.getByText('249 dead letters', { exact: true }).waitFor()
    expect(pages()).toEqual(['0', '100', '0', '100'])
    expect(await letters.count()).toBe(200)
    await page.getByRole('button', { name: 'Load more' }).click()
    await letters.nth(248).waitFor()
    expect(await page.getByRole('button', { name: 'Load more' }).count()).toBe(0)
  })

  it('come all, also where they are long and a page holds few of them', async () => {
    await bury(120, '"'.repeat(20_000))
    const { page, requests } = await stage.enter({ path: '/#/dead-letters' })
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download as JSON' }).click()
    const saved = await readFile(await (await download).path(), 'utf8')
    const { dead_letters: letters, groups } = JSON.parse(saved) as Record<string, unknown[]>
    expect(letters).toHaveLength(120)
    expect(groups).toMatchObject([{ count: 120 }])
    await said(page, '120 dead letters saved as JSON.')

    await page.getByRole('button', { name: 'Show letters' }).click()
    const shown = page.locator('.letter')
    await shown.first().waitFor()
    const before = await shown.count()
    expect(before).toBeLessThan(100)
    await page.getByRole('button', { name: 'Load more' }).click()
    await shown.nth(before).waitFor()
    expect(requests).toContain(`GET /dead-letters?offset=${before}&count=100`)
  })

  it('that somebody else has replayed meanwhile are no trouble', async () => {
    await kill(textUpdate('/ping one', 21), 21)
    const { page } = await stage.enter({ path: '/#/dead-letters' })
    await page.getByText('1 dead letter', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Replay group…' }).click()
    await page.getByRole('dialog').getByText('Replay 1 dead letter?').waitFor()
    await discardAll()
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click()
    await said(page, 'Nothing to do: they are no longer in the list.')
  })
})
