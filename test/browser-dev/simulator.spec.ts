import axe from 'axe-core'
import type { Browser, Page, Route } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, type DevServer } from '../dev/dev-server.ts'
import { until } from '../support/until.ts'
import { openSimulator, startForAll, type Simulator } from './page.ts'

let server: DevServer
let browser: Browser
let ui: Simulator
let ada: number
startForAll((started) => ({ server, browser, ui, ada } = started))

it('builds its page without telling the functions that they are production', async () => {
  const health = (await (await fetch(`${server.url}/health`)).json()) as { environment: string }
  expect(health.environment).toBe('development')
})

describe('a conversation', () => {
  it('of two people, each with a chat of their own', async () => {
    await ui.say('/ping one')
    await ui.hear(/^pong one/)
    await ui.become('Борис')
    expect(await ui.messages.count()).toBe(0)
    await ui.say('/start')
    await ui.hear(/Борис/)
    await ui.become('Ada')
    await ui.hear(/^pong one/)
    // The answer quotes the question.
    expect(await ui.last.locator('.quote').innerText()).toContain('/ping one')
    await ui.newest.locator('.standing.settled').waitFor()
  })

  it('with the commands of the bot behind a slash, in the language of the user', async () => {
    const offers = ui.page.getByRole('listbox', { name: 'Commands' })
    await ui.input.fill('/')
    await offers.waitFor()
    expect(await offers.getByRole('option').count()).toBeGreaterThan(4)
    await ui.input.fill('/pi')
    expect(await offers.getByRole('option').allInnerTexts()).toEqual([expect.stringMatching(/^\/ping/)])
    await ui.input.press('Tab')
    expect(await ui.input.inputValue()).toBe('/ping ')
    await ui.input.fill('/hel')
    await ui.input.press('Enter')
    await ui.hear(/\/language/)
    await ui.become('Борис')
    await ui.input.fill('/')
    expect(await offers.innerText()).toMatch(/[а-я]{5}/)
    await ui.input.fill('')
    await ui.become('Ada')
  })

  it('with inline keyboards that work, notices, and edits in place', async () => {
    await ui.say('/language')
    const french = ui.page.getByRole('button', { name: 'Français' }).last()
    await french.waitFor()
    const before = await ui.messages.count()
    const keyboard = ui.last
    await french.click()
    await ui.page
      .getByRole('status')
      .getByText(/français/i)
      .waitFor()
    await keyboard.getByText('edited').waitFor()
    await keyboard.getByRole('button', { name: '✓ Français' }).waitFor()
    expect(await ui.messages.count()).toBe(before)
    await keyboard.getByRole('button', { name: 'English' }).click()
    await keyboard.getByRole('button', { name: '✓ English' }).waitFor()
    await ui.trace('presses language:en', 'answerCallbackQuery: 200', 'editMessageText: 200')
  })

  it('with formatting, alerts, deletions, reactions and reply keyboards', async () => {
    const send = (params: object) => server.call('sendMessage', { chat_id: ada, ...params })
    const html =
      '<b>bold</b> <i>it</i> <code>code</code> <a href="https://example.org/">link</a> <tg-spoiler>boo</tg-spoiler>'
    await send({ text: html, parse_mode: 'HTML' })
    const markup = await ui.page
      .locator('.message .text', { hasText: /^bold it code/ })
      .evaluate((text) => [...text.children].map(({ tagName }) => tagName))
    expect(markup).toEqual(['STRONG', 'EM', 'CODE', 'A', 'SPAN'])
    await send({ text: 'well?', reply_markup: { keyboard: [['Yes', 'No']], one_time_keyboard: true } })
    await ui.page.getByRole('button', { name: 'Yes', exact: true }).click()
    await ui.hear('Yes')
    expect(await ui.page.locator('.keys').count()).toBe(0)
    await send({ text: 'done', reply_markup: { remove_keyboard: true } })
    await ui.hear('done')
    const { result } = (await send({ text: 'soon gone' })) as { result: { message_id: number } }
    // Not simply the last one: the bot's answer to “Yes” may still come.
    const gone = ui.page.locator('.message', { hasText: 'soon gone' })
    await gone.waitFor()
    const reaction = [{ type: 'emoji', emoji: '👍' }]
    await server.call('setMessageReaction', { chat_id: ada, message_id: result.message_id, reaction })
    await gone.locator('.reaction').waitFor()
    await ui.tool(gone, 'React with 🔥')
    await gone.locator('.reaction.own').waitFor()
    await ui.trace('message_reaction', /has not asked for it/)
    await server.call('deleteMessage', { chat_id: ada, message_id: result.message_id })
    await ui.page.getByRole('log').getByText('Message deleted').waitFor()
    expect(await ui.page.getByRole('log').getByText('soon gone').count()).toBe(0)
    const { update_id: id } = await server.client.deliver({
      callback_query: {
        id: '77',
        from: { id: ada, is_bot: false, first_name: 'Ada' },
        chat_instance: '1',
        data: 'x',
      },
    })
    expect(id).toBeGreaterThan(0)
    await server.call('answerCallbackQuery', { callback_query_id: '77', text: 'Look here', show_alert: true })
    await ui.page.getByRole('dialog').getByText('Look here').waitFor()
    await ui.page.getByRole('button', { name: 'OK', exact: true }).click()
  })

  it('with own edits, and the raw update and calls beside each message', async () => {
    const own = await ui.talk('to be changed')
    const answer = ui.last
    await ui.tool(own, 'Edit')
    await until('the old text', async () => (await ui.input.inputValue()) === 'to be changed')
    await ui.say('changed')
    const changed = ui.page.locator('.message.mine').last()
    await changed.getByText('edited').waitFor()
    await ui.trace('edited_message')
    await ui.tool(changed, 'Raw update and calls')
    expect(await changed.locator('.json').first().innerText()).toMatch(/"update_id": \d+,\s+"message": \{/)
    await ui.tool(changed, 'Raw update and calls')
    await ui.tool(answer, 'Raw update and calls')
    await answer.locator('.raw', { hasText: /sendMessage 200[\s\S]*"chat_id": 5000000001/ }).waitFor()
    await ui.tool(answer, 'Raw update and calls')
    await ui.shot('conversation')
  })

  it('in groups and topics, where the bot answers in the topic', async () => {
    await ui.open('Observatory')
    await ui.page.getByRole('tab', { name: '# Telescopes' }).click()
    await ui.say('/ping mirror')
    await ui.hear(/^pong mirror/)
    await ui.become('Chloé')
    await ui.input.fill('/pi')
    await ui.page.getByRole('option', { name: '/ping' }).waitFor()
    await ui.input.press('Tab')
    expect(await ui.input.inputValue()).toBe('/ping@evergram_bot ')
    await ui.say('/ping@evergram_bot lens')
    await ui.hear(/^pong lens/)
    await ui.shot('topics')
    await ui.page.getByRole('tab', { name: '# General' }).click()
    expect(await ui.messages.count()).toBe(0)
    await ui.page.getByRole('button', { name: 'New topic' }).click()
    await ui.page.getByRole('textbox', { name: 'Name of the topic' }).fill('Comets')
    await ui.page.keyboard.press('Enter')
    await ui.page.getByRole('log').getByText('Chloé opened the topic “Comets”').waitFor()
    await ui.become('Ada')
    await ui.page.getByRole('button', { name: '+ New group' }).click()
    await ui.page.getByLabel('Title').fill('Choir')
    await ui.page.getByRole('checkbox', { name: 'Борис' }).check()
    await ui.page.getByRole('button', { name: 'Create' }).click()
    // It is opened once it has been made; before that one would still write in the former chat.
    await ui.page.getByRole('heading', { name: 'Choir' }).waitFor()
    await ui.say('/ping la')
    await ui.hear(/^pong la/)
    await ui.open('Evergram')
  })
})

describe('a fault', () => {
  const toggle = async (fault: string) => {
    await ui.tab('Faults')
    await ui.page.locator(`input[data-fault="${fault}"]`).click()
    await ui.page.locator('.set-faults').getByText(fault.replace(/:.*/, '')).waitFor()
    await ui.tab('Timeline')
  }
  const set = async (choice: string) => {
    await ui.tab('Faults')
    await ui.page.getByLabel('Answer', { exact: true }).selectOption(choice)
    await ui.page.getByRole('button', { name: 'Set', exact: true }).click()
    await ui.page.locator('.set-faults').getByText(`telegram:sendMessage=${choice}`).waitFor()
    await ui.tab('Timeline')
  }

  it('of the delivery shows in the timeline of the update that it hit', async () => {
    await toggle('webhook=drop')
    await ui.say('/ping drop')
    await ui.trace('/ping drop', 'its answer 200 was dropped', 'a duplicate, accepted before', 'settled')
    await toggle('webhook=twice')
    await ui.say('/ping twice')
    await ui.trace('/ping twice', 'copy 1 of 2', 'copy 2 of 2', 'settled')
    await server.client.clearFault()
    await toggle('webhook=reorder')
    await ui.say('/ping early')
    await ui.say('/ping late')
    await ui.trace('/ping late', /out of order: before update/, 'settled')
    for (const text of ['late', 'early']) await ui.hear(`pong ${text}`)
    const texts = (await ui.messages.allInnerTexts()).join('\n')
    expect(texts.indexOf('pong late')).toBeLessThan(texts.indexOf('pong early'))
  })

  it("of Telegram's answers, too", async () => {
    await set('429:3')
    await ui.say('/ping limit')
    await ui.trace('/ping limit', '429, retry after 3 s', 'failed, waits 3 s', 'settled')
    await set('500')
    await ui.say('/ping broken')
    await ui.trace('/ping broken', 'sendMessage: Internal Server Error', 'settled')
    await toggle('token=revoked')
    await ui.say('/ping revoked')
    await ui.trace('/ping revoked', 'token revoked', /^failed, waits/)
    await server.client.clearFault()
    await ui.trace('settled')
    await set('403')
    await ui.say('/ping blocked')
    await ui.trace('/ping blocked', /sendMessage: Forbidden/, 'settled')
  })

  it('of the store', async () => {
    await toggle('store=slow:1000')
    await ui.say('/ping slow')
    await ui.trace('/ping slow', 'the store answers 1000 ms late', 'settled')
    await server.client.clearFault()
    await toggle('store=down')
    await ui.say('/ping down')
    await ui.trace('/ping down', 'the store is down', /failed accept/)
    await ui.shot('store-down')
    await server.client.clearFault()
    await ui.trace('settled')
  })

  it('that kills the function is recovered from after the lease', async () => {
    await ui.tab('Faults')
    await ui.page.getByLabel('Point', { exact: true }).selectOption('sent')
    await ui.page.getByRole('button', { name: 'Kill at the next passing' }).click()
    await ui.page.locator('.set-faults').getByText('kill=sent').waitFor()
    await ui.shot('faults')
    await ui.tab('Timeline')
    await ui.say('/ping mortal')
    await ui.trace('/ping mortal', /the function was killed/, 'kill=sent')
    // What an uptime monitor or the cron does now and then.
    await until('another invocation', async () => {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
      await fetch(`${server.url}/drain`, { method: 'POST', headers })
      return (await ui.newest.innerText()).includes('leased, attempt 2')
    })
    await ui.trace('settled')
    await ui.shot('killed')
    // The one visible duplicate that the Bot API makes possible.
    const pongs = ui.page.locator('.message .text', { hasText: /^pong mortal/ })
    await pongs.nth(1).waitFor()
    expect(await pongs.count()).toBe(2)
  })
})

interface Finding {
  id: string
  impact: string | null
  nodes: { html: string }[]
}

/** What axe finds serious or critical on the page as it stands. */
async function seriousOn(page: Page): Promise<string[]> {
  // Half a megabyte: read once by each document.
  if (await page.evaluate('!globalThis.axe')) await page.evaluate(axe.source)
  const { violations } = await page.evaluate<{ violations: Finding[] }>(
    `axe.run(document, { resultTypes: ['violations'] })`,
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
}

describe('everywhere', () => {
  const EVIL = '<img src=x onerror=alert(1)><script>alert(2)</script>'

  it('what people and the bot write stays text', async () => {
    await ui.page.getByRole('button', { name: 'New', exact: true }).click()
    await ui.page.getByLabel('First name').fill(EVIL.slice(0, 60))
    await ui.page.getByRole('button', { name: 'Add', exact: true }).click()
    await ui.page.getByRole('radio', { name: EVIL.slice(0, 20), checked: true }).waitFor()
    await ui.say(`/ping ${EVIL}`)
    await ui.hear(`pong ${EVIL}`)
    const { world } = await server.client.state()
    const user = world.users.at(-1)!.id
    const base64 = Buffer.from(EVIL).toString('base64')
    await server.client.act({
      user,
      kind: 'document',
      base64,
      fileName: `${EVIL}.html`,
      mimeType: 'text/html',
    })
    await ui.page.locator('.file', { hasText: EVIL }).waitFor()
    const text = `<a href="https://x.org/&quot;onmouseover=alert(1)">javascript</a> &lt;b&gt;`
    await server.call('sendMessage', { chat_id: user, text, parse_mode: 'HTML' })
    const reply_markup = { inline_keyboard: [[{ text: EVIL, callback_data: 'x' }]] }
    await server.call('sendMessage', { chat_id: user, text: 'button', reply_markup })
    await ui.page.locator('.inline-keyboard', { hasText: EVIL }).waitFor()
    for (const tab of ['Log', 'Faults', 'Timeline'] as const) await ui.tab(tab)
    expect(await ui.page.locator('#app script, #app img[src="x"], [onerror], [onmouseover]').count()).toBe(0)
    await ui.become('Ada')
  })

  it('a page misses nothing of what happens while it loads', async () => {
    const { page } = ui
    /** Holds the next answer back once it is given: it tells how things were then. */
    const holdAnswer = async (path: string) => {
      let letGo = () => {}
      const gate = new Promise<void>((resolve) => (letGo = resolve))
      let isGiven = false
      const handler = async (route: Route) => {
        const response = await route.fetch()
        isGiven = true
        await gate
        await route.fulfill({ response })
      }
      await page.route(`**/dev/api/${path}`, handler, { times: 1 })
      return { letGo, given: () => until(`the answer of ${path}`, () => isGiven) }
    }
    const settle = async (text: string) => {
      const { update_id: id } = await server.client.act({ user: ada, kind: 'text', text })
      const isSettled = async () => (await server.client.update(id)).timeline.standing === 'settled'
      await until(`the end of ${text}`, isSettled)
    }
    const state = await holdAnswer('state')
    const messages = await holdAnswer('messages?*')
    await page.reload()
    await state.given()
    await settle('/ping during the state')
    state.letGo()
    await messages.given()
    await ui.trace('/ping during the state', 'settled')
    await settle('/ping during the messages')
    await ui.trace('/ping during the messages', 'settled')
    messages.letGo()
    await ui.hear(/^pong during the state/)
    await ui.hear(/^pong during the messages/)
  })

  it('a phone has room for one thing at a time, in the dark too', async () => {
    const phone = await openSimulator(browser, server.url, {
      viewport: { width: 390, height: 780 },
      colorScheme: 'dark',
      hasTouch: true,
      isMobile: true,
    })
    await phone.page.getByRole('heading', { name: /Evergram/ }).waitFor()
    await phone.shot('phone-chats')
    await phone.open('Evergram')
    await phone.input.waitFor()
    await phone.say('/ping phone')
    await phone.page.locator('.message .text', { hasText: /^pong phone/ }).waitFor()
    await phone.shot('phone-chat')
    const width = await phone.page.evaluate(
      `[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor]`,
    )
    expect(width).toEqual([390, 'rgb(12, 19, 23)'])
    await phone.page.getByRole('button', { name: 'Timeline, faults and log' }).click()
    await phone.newest.getByText('settled').first().waitFor()
    await phone.shot('phone-timeline')
    await phone.page.getByRole('button', { name: 'Back to the chat' }).click()
    await phone.page.getByRole('button', { name: 'All chats' }).click()
    await phone.page.getByRole('radio', { name: 'Chloé' }).click()
    expect(phone.complaints).toEqual([])
    await phone.page.context().close()
  })

  it.each(['light', 'dark'] as const)('axe finds nothing serious in %s', async (colorScheme) => {
    const looks = await openSimulator(browser, server.url, { colorScheme })
    const { page, input, complaints } = looks
    await page.locator('.timeline').first().waitFor()
    await input.fill('/')
    await page.getByRole('listbox', { name: 'Commands' }).waitFor()
    const found: Record<string, string[]> = {}
    for (const name of ['Timeline', 'Faults', 'Log'] as const) {
      await looks.tab(name)
      found[name] = await seriousOn(page)
    }
    expect(found).toEqual({ Timeline: [], Faults: [], Log: [] })
    expect(complaints).toEqual([])
    await page.context().close()
  })
})
