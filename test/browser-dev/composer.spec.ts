/** Where one writes: what was begun is not lost, and what is not sent is not begun anew. */
import { describe, expect, it } from 'vitest'
import type { DevServer } from '../dev/dev-server.ts'
import { until } from '../support/until.ts'
import { startForAll, type Simulator } from './page.ts'

let server: DevServer
let ui: Simulator
let ada: number
startForAll((started) => ({ server, ui, ada } = started))

/** Waits until the box holds this. */
const boxHolds = (text: string) =>
  until(`“${text}” in the box`, async () => (await ui.input.inputValue()) === text)

const above = () => ui.page.locator('.above')

async function attach(kind: string, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  await ui.page.getByRole('button', { name: 'Attach' }).click()
  await ui.page.locator(`input[data-kind="${kind}"]`).setInputFiles({ name, mimeType, buffer })
}

describe('the box', () => {
  it('is free at once: the next message can be typed before the last has gone', async () => {
    let letGo = () => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    await ui.page.route('**/dev/api/acts', async (route) => {
      await held
      await route.continue()
    })
    await ui.say('/ping first')
    await ui.say('/ping second')
    await ui.input.fill('half a third')
    letGo()
    await ui.hear(/^pong second/)
    const texts = (await ui.messages.allInnerTexts()).join('\n')
    expect(texts.indexOf('/ping first')).toBeLessThan(texts.indexOf('/ping second'))
    expect(await ui.input.inputValue()).toBe('half a third')
    await ui.page.unroute('**/dev/api/acts')
    await ui.input.fill('')
  })

  it('has back what could not be sent, and the message that it was to answer', async () => {
    const own = await ui.talk('the question')
    await ui.tool(own, 'Answer')
    const mend = await ui.cutOff()
    await ui.say('/ping lost')
    await boxHolds('/ping lost')
    expect(await above().innerText()).toContain('the question')
    await mend(1)
    await ui.input.press('Enter')
    await ui.hear(/^pong lost/)
    expect(await above().count()).toBe(0)
    expect(await ui.input.inputValue()).toBe('')
  })

  it('keeps a half-typed message over the edit of another, however that ends', async () => {
    const own = await ui.talk('to be changed')
    await ui.input.fill('half a message')
    await ui.tool(own, 'Edit')
    await boxHolds('to be changed')
    await ui.page.getByRole('button', { name: 'Never mind' }).click()
    await boxHolds('half a message')
    await ui.tool(own, 'Edit')
    await boxHolds('to be changed')
    await ui.input.press('Escape')
    await boxHolds('half a message')

    const changed = ui.page.locator('.message.mine', { hasText: 'changed' }).last()
    await ui.tool(own, 'Edit')
    await boxHolds('to be changed')
    await ui.say('changed')
    await changed.getByText('edited').waitFor()
    await boxHolds('half a message')

    // An edit that failed is an edit still: sent again, it makes no new message.
    const count = await ui.messages.count()
    await ui.tool(changed, 'Edit')
    await boxHolds('changed')
    const mend = await ui.cutOff()
    await ui.say('changed again')
    await boxHolds('changed again')
    expect(await above().innerText()).toMatch(/^Edit/)
    await mend(1)
    await ui.input.press('Enter')
    await ui.hear('changed again')
    await boxHolds('half a message')
    expect(await ui.messages.count()).toBe(count)
    await ui.input.fill('')
  })

  it('has a half-written message for each chat, topic and person', async () => {
    const own = await ui.talk('the topic')
    await ui.tool(own, 'Answer')
    await ui.input.fill('for the bot')
    await ui.open('Observatory')
    expect(await ui.input.inputValue()).toBe('')
    await ui.page.locator('.chat-row', { hasText: 'Draft: for the bot' }).waitFor()
    await ui.shot('draft')
    await ui.input.fill('for all')
    await ui.page.getByRole('tab', { name: '# Telescopes' }).click()
    expect(await ui.input.inputValue()).toBe('')
    await ui.input.fill('for some')
    await ui.become('Chloé')
    expect(await ui.input.inputValue()).toBe('')
    await ui.become('Ada')
    expect(await ui.input.inputValue()).toBe('for some')
    await ui.input.fill('')
    await ui.page.getByRole('tab', { name: '# General' }).click()
    expect(await ui.input.inputValue()).toBe('for all')
    await ui.input.fill('')
    await ui.open('Evergram')
    expect(await ui.input.inputValue()).toBe('for the bot')
    expect(await above().innerText()).toContain('the topic')
    expect(await ui.page.getByText('Draft:').count()).toBe(0)
    await ui.input.press('Escape')
    expect(await above().count()).toBe(0)
    await ui.input.fill('')
  })
})

describe('a file', () => {
  it('is a photo that is seen, or anything else', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
      'base64',
    )
    await attach('photo', 'red.png', 'image/png', png)
    const photo = ui.page.locator('.message.mine img').last()
    await photo.waitFor()
    await until('the photo to be seen', () =>
      photo.evaluate((img) => 'naturalWidth' in img && img.naturalWidth === 10),
    )
    await attach('document', 'notes.txt', 'text/plain', Buffer.from('notes'))
    await ui.page.locator('.message.mine .file', { hasText: 'notes.txt' }).waitFor()
  })

  it('takes the caption that stood there; what is typed while it is read is the next message', async () => {
    const letGo = await ui.hold('Blob.prototype', 'arrayBuffer')
    await ui.input.fill('the caption')
    await attach('document', 'slow.txt', 'text/plain', Buffer.from('slow'))
    await boxHolds('')
    await ui.say('/ping after the file')
    await ui.input.fill('typed meanwhile')
    await letGo()
    const sent = ui.page.locator('.message.mine', { hasText: 'slow.txt' })
    expect(await sent.innerText()).toContain('the caption')
    await ui.hear(/^pong after the file/)
    const texts = (await ui.messages.allInnerTexts()).join('\n')
    expect(texts.indexOf('slow.txt')).toBeLessThan(texts.indexOf('/ping after the file'))
    expect(await ui.input.inputValue()).toBe('typed meanwhile')
  })

  it('that could not be sent gives its caption back, unless something else is in the box', async () => {
    const mend = await ui.cutOff()
    const lose = async (meanwhile?: string) => {
      const letGo = await ui.hold('Blob.prototype', 'arrayBuffer')
      await attach('document', 'lost.txt', 'text/plain', Buffer.from('lost'))
      await boxHolds('')
      if (meanwhile !== undefined) await ui.input.fill(meanwhile)
      await letGo()
    }
    await ui.input.fill('a caption')
    await lose()
    await boxHolds('a caption')
    await lose('something else')
    await mend(2)
    expect(await ui.input.inputValue()).toBe('something else')
    await ui.input.fill('')
  })

  it('chosen during an edit goes by itself', async () => {
    const own = await ui.talk('a title')
    await ui.tool(own, 'Edit')
    await boxHolds('a title')
    await attach('document', 'aside.txt', 'text/plain', Buffer.from('aside'))
    const sent = ui.page.locator('.message.mine', { hasText: 'aside.txt' })
    await sent.waitFor()
    expect(await sent.innerText()).not.toContain('a title')
    await boxHolds('a title')
    await ui.input.press('Escape')
  })
})

describe('the microphone', () => {
  /** Whether any that was ever asked for still listens. */
  const isOn = () =>
    ui.page.evaluate<boolean>(
      `streams.some((stream) => stream.getTracks().some((track) => track.readyState === 'live'))`,
    )
  const streams = () => ui.page.evaluate<number>('streams.length')
  const begin = async () => {
    await ui.page.getByRole('button', { name: 'Record a voice message' }).click()
    await ui.page.getByText('recording').waitFor()
    expect(await isOn()).toBe(true)
  }
  const isOff = () => until('the microphone to be off', async () => !(await isOn()))

  it('records while one types, and is off afterwards', async () => {
    await ui.page.evaluate(`(() => {
      const own = MediaDevices.prototype.getUserMedia
      globalThis.streams = []
      MediaDevices.prototype.getUserMedia = async function (...given) {
        const stream = await own.apply(this, given)
        streams.push(stream)
        return stream
      }
    })()`)
    const own = await ui.talk('say it')
    await ui.tool(own, 'Answer')
    await begin()
    await ui.input.fill('typed meanwhile')
    await ui.page.locator('.recording time', { hasText: /0:0[1-9]/ }).waitFor()
    await ui.shot('recording')
    await ui.page.getByRole('button', { name: 'Send the voice message' }).click()
    const audio = ui.page.locator('.message.mine audio').last()
    await audio.waitFor()
    await until('the voice to be heard', () =>
      audio.evaluate((sound) => 'readyState' in sound && Number(sound.readyState) >= 1),
    )
    await isOff()
    const sent = (await server.client.messages(ada)).findLast(({ message }) => message.voice)?.message
    expect(sent?.voice?.duration).toBeGreaterThanOrEqual(1)
    expect(sent?.voice?.file_size).toBeGreaterThan(1000)
    expect(sent?.voice?.mime_type).toBe('audio/ogg')
    expect(sent?.reply_to_message?.text).toBe('say it')
    await ui.trace('Voice, ', 'settled')
    await ui.shot('media')
    // The answer was the voice's, the text waits for its own Enter.
    await until('the bar to be gone', async () => (await above().count()) === 0)
    expect(await ui.input.inputValue()).toBe('typed meanwhile')
    await ui.input.fill('')
  })

  it('is off once the recording is thrown away, or its chat, topic or person left', async () => {
    await begin()
    await ui.page.getByRole('button', { name: 'Throw the recording away' }).click()
    await isOff()
    await begin()
    await ui.open('Observatory')
    await isOff()
    await begin()
    await ui.page.getByRole('tab', { name: '# Telescopes' }).click()
    await isOff()
    await begin()
    await ui.become('Chloé')
    await isOff()
    await ui.become('Ada')
    await ui.open('Evergram')
    expect(await ui.page.getByText('recording').count()).toBe(0)
  })

  it('is off when it was allowed too late, and asked for once however often one presses', async () => {
    const before = await streams()
    const letGo = await ui.hold('MediaDevices.prototype', 'getUserMedia')
    const button = ui.page.getByRole('button', { name: 'Record a voice message' })
    await button.click()
    await button.click()
    await ui.open('Observatory')
    await letGo()
    await until('the stream', async () => (await streams()) > before)
    await isOff()
    expect(await streams()).toBe(before + 1)
    await ui.open('Evergram')
  })
})
