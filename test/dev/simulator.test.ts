/** The simulator of `npm run dev` over HTTP: who may talk to it, what it tells, and every fault's trace. */
import { request } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startFunctions } from '../../lib/dev/functions.ts'
import type { Done, FeedEvent, Step, Timeline } from '../../lib/dev/simulator/wire.ts'
import { until } from '../support/until.ts'
import { ADMIN_TOKEN, BOT_TOKEN, startDevServer, type DevServer } from './dev-server.ts'

let server: DevServer
let ada: number
beforeAll(async () => {
  server = await startDevServer()
  const { world } = await server.client.state()
  ada = world.users[0]?.id ?? 0
})
afterAll(() => server.stop())
afterEach(() => server.client.clearFault())

/** Over node:http, because fetch would not send such headers. */
function ask(route: string, headers: Record<string, string> = {}, body?: string) {
  const [method = 'GET', path = ''] = route.split(' ')
  return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>(
    (resolve, reject) => {
      const sent = request(`${server.url}${path}`, { method, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
        )
      })
      sent.on('error', reject)
      sent.end(body)
    },
  )
}

const say = (text: string, user = ada): Promise<Done> => server.client.act({ user, kind: 'text', text })

/** @param deliveries how many must have come to their end */
const ended = (id: number, deliveries = 1): Promise<Timeline> =>
  until(`update ${id} to be settled`, async () => {
    const { timeline } = await server.client.update(id)
    const isLogged = timeline.steps.some(({ title }) => title === 'update processed')
    const isDelivered = named(timeline, 'delivery').length >= deliveries
    return timeline.standing === 'settled' && isLogged && isDelivered && timeline
  })

const names = ({ steps }: Timeline) => steps.map(({ name }) => name)
const hits = ({ steps }: Timeline) => steps.flatMap(({ fault }) => fault ?? [])
const named = ({ steps }: Timeline, name: Step['name']) => steps.filter((step) => step.name === name)

describe('the simulator answers', () => {
  it('this machine only, and no page but its own', async () => {
    const json = { 'content-type': 'application/json' }
    const own = new URL(server.url).host
    const text = JSON.stringify({ user: ada, kind: 'text', text: 'x' })
    const cases: [string, Record<string, string>, number][] = [
      ['GET /dev/', { host: 'rebound.example.org' }, 403],
      ['GET /dev/api/state', { host: `127.0.0.1.example.org:1` }, 403],
      ['GET /dev/api/state', { 'sec-fetch-site': 'cross-site' }, 403],
      ['POST /dev/api/acts', { ...json, origin: 'https://example.org' }, 403],
      ['POST /dev/api/acts', { ...json, origin: 'null' }, 403],
      ['POST /dev/api/acts', { ...json, origin: 'http://localhost:1' }, 403],
      ['POST /dev/api/acts', { 'content-type': 'text/plain' }, 415],
      ['DELETE /dev/api/faults', { origin: 'https://example.org' }, 403],
      ['POST /dev/api/acts', { ...json, origin: `http://${own}`, 'sec-fetch-site': 'same-origin' }, 200],
      ['GET /dev/api/state', { host: 'localhost:1' }, 200],
    ]
    for (const [route, headers, status] of cases) {
      const answer = await ask(route, headers, route.startsWith('POST') ? text : undefined)
      expect([route, headers, answer.status]).toEqual([route, headers, status])
    }
  })

  it('nothing at all from npm run serve', async () => {
    const functions = await startFunctions({ port: 0 })
    expect((await fetch(`${functions.url}/dev/`)).status).toBe(404)
    expect((await fetch(`${functions.url}/dev/api/state`)).status).toBe(404)
    await functions.close()
  })

  it('with its page under a strict policy', async () => {
    const page = await ask('GET /dev/')
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/)
    expect(page.text).not.toMatch(/<script>|<style|style=/)
    const script = /src="(\/dev\/assets\/[^"]+\.js)"/.exec(page.text)?.[1]
    expect((await ask(`GET ${script}`)).headers['content-type']).toContain('text/javascript')
    expect((await ask('GET /dev/main.tsx')).status).toBe(404)
    expect((await ask('GET /dev')).headers['location']).toBe('/dev/')
  })

  it('mistakes with a sentence', async () => {
    const cases: [string, unknown, RegExp][] = [
      ['acts', { user: 1, kind: 'text', text: 'x' }, /no user 1/],
      ['acts', { user: ada, kind: 'text', text: '' }, /1 to 4096/],
      ['acts', { user: ada, kind: 'dance' }, /no act .*dance/],
      ['acts', { user: ada, kind: 'react', message: 999, emoji: ['👍'] }, /no message 999/],
      ['chats', { title: '', kind: 'group', members: [ada] }, /title/],
      ['topics', { user: ada, chat: ada, name: 'x' }, /no topics/],
      ['faults', { fault: 'store=wet' }, /store= takes/],
      ['faults', { fault: 'telegram:sendMessage=200' }, /400 to 599/],
      ['faults', { fault: 'telegram:fly=500' }, /no method .*fly/],
      ['faults', { fault: 'kill=softly' }, /kill= takes one of/],
      ['faults', { fault: 'toString=1' }, /is no fault/],
      ['nothing', {}, /no POST/],
    ]
    const headers = { 'content-type': 'application/json' }
    for (const [path, body, sentence] of cases) {
      const answer = await ask(`POST /dev/api/${path}`, headers, JSON.stringify(body))
      expect([path, body, answer.status >= 400, answer.text]).toEqual([
        path,
        body,
        true,
        expect.stringMatching(sentence),
      ])
    }
  })
})

describe('the simulator tells', () => {
  it('the timeline of an update, in order of time', async () => {
    const { update_id: id, message_id: message } = await say('/ping in order')
    const timeline = await ended(id)
    expect(names(timeline)).toEqual(
      expect.arrayContaining(['sent', 'delivery', 'accepted', 'leased', 'call', 'settled', 'log']),
    )
    const rank = (name: Step['name']) => names(timeline).indexOf(name)
    const order = (['sent', 'delivery', 'accepted', 'leased', 'call', 'settled'] as const).map(rank)
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(named(timeline, 'delivery')).toMatchObject([{ title: 'delivery 1: 200', ms: expect.any(Number) }])
    const { calls } = await server.client.update(id)
    expect(calls).toMatchObject([{ method: 'sendMessage', status: 200, updateId: id }])
    const shown = await server.client.messages(ada)
    expect(shown.find((one) => one.message.message_id === message)).toMatchObject({ updateIds: [id] })
    expect(shown.at(-1)).toMatchObject({ message: { text: expect.stringMatching(/^pong in order/) } })
    expect(shown.at(-1)?.callIds).toEqual([calls[0]?.id])
  })

  it('presses, edits and their updates with the message they are about', async () => {
    await ended((await say('/language')).update_id)
    const message = (await server.client.messages(ada)).at(-1)!.message.message_id
    const press = await server.client.act({ user: ada, kind: 'press', message, data: 'language:fr' })
    const timeline = await ended(press.update_id)
    expect(named(timeline, 'call').map(({ title }) => title)).toEqual([
      'answerCallbackQuery: 200',
      'editMessageText: 200',
    ])
    const shown = (await server.client.messages(ada)).find((one) => one.message.message_id === message)
    expect(shown).toMatchObject({ updateIds: [press.update_id], message: { edit_date: expect.any(Number) } })
    expect(shown?.callIds).toHaveLength(2)
    const back = await server.client.act({ user: ada, kind: 'press', message, data: 'language:en' })
    await ended(back.update_id)
  })

  it('what happens, as it happens', async () => {
    const aborter = new AbortController()
    const stream = await fetch(`${server.url}/dev/api/events`, { signal: aborter.signal })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const { update_id: id } = await say('/ping live')
    const kinds = new Set<string>()
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of stream.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks.filter((one) => one.startsWith('data: '))) {
        const event = JSON.parse(block.slice(6)) as FeedEvent
        const isOurs = event.type !== 'timeline' || event.timeline.updateId === id
        kinds.add(event.type === 'timeline' && isOurs ? event.timeline.standing : event.type)
      }
      if (kinds.has('settled') && kinds.has('log')) break
    }
    aborter.abort()
    for (const kind of ['world', 'message', 'call', 'store', 'log', 'settled']) expect(kinds).toContain(kind)
  })

  it('no secret', async () => {
    await ended((await say('/ping secret')).update_id)
    const told = JSON.stringify(await server.client.state())
    expect(told).toContain('"method":"setWebhook"')
    expect(told).toContain('"secret_token":"[secret]"')
    expect(told).not.toContain(ADMIN_TOKEN)
    expect(told).not.toContain(BOT_TOKEN.split(':')[1])
  })

  it('files so that nothing in them can run', async () => {
    const html = Buffer.from('<script>alert(1)</script>').toString('base64')
    const file = {
      user: ada,
      kind: 'document' as const,
      base64: html,
      fileName: 'x.html',
      mimeType: 'text/html',
    }
    const { update_id: id } = await server.client.act(file)
    // To its end: a delivery that goes on would meet the next test's faults.
    const timeline = await ended(id)
    const { document } = timeline.raw['message'] as { document: { file_id: string } }
    const answer = await ask(`GET /dev/api/files?id=${document.file_id}`)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    })
  })
})

describe('each fault leaves its trace in the timeline of the update that it hit', () => {
  const broken = async (fault: string, times?: number) => {
    await server.client.setFault(fault, times)
    return (await say(`/ping ${fault}`)).update_id
  }

  it('the dropped answer', async () => {
    const timeline = await ended(await broken('webhook=drop'), 2)
    expect(hits(timeline)).toEqual(['its answer 200 was dropped'])
    expect(named(timeline, 'accepted').map(({ title }) => title)).toEqual([
      'accepted',
      'a duplicate, accepted before',
    ])
    expect(await server.client.faults()).toEqual([])
  })

  it('two deliveries at once', async () => {
    const timeline = await ended(await broken('webhook=twice'), 2)
    expect(hits(timeline).sort()).toEqual(['copy 1 of 2', 'copy 2 of 2'])
    expect(named(timeline, 'call')).toHaveLength(1)
  })

  it('the wrong order', async () => {
    await server.client.setFault('webhook=reorder')
    const [first, second] = [await say('/ping first'), await say('/ping second')]
    const timelines = [await ended(first.update_id), await ended(second.update_id)]
    expect(timelines.map(hits)).toEqual([
      [`out of order: after update ${second.update_id}`],
      [`out of order: before update ${first.update_id}`],
    ])
  })

  it("Telegram's refusals, cut connections and the revoked token", async () => {
    const limited = await ended(await broken('telegram:sendMessage=429:1', 1))
    expect(hits(limited)).toEqual(['429, retry after 1 s'])
    expect(named(limited, 'failed')).toMatchObject([{ title: 'failed, waits 1 s' }])
    expect(hits(await ended(await broken('telegram:sendMessage=500', 1)))).toEqual(['500'])
    expect(hits(await ended(await broken('telegram:sendMessage=reset', 1)))).toEqual(['connection cut'])
    const revoked = await broken('token=revoked')
    await until(
      'the refusal',
      async () => (await server.client.update(revoked)).timeline.standing === 'waiting',
    )
    await server.client.clearFault('token')
    expect(hits(await ended(revoked))).toContain('token revoked')
    const blocked = await broken('telegram:sendMessage=403', 1)
    await until('the end', async () => (await server.client.update(blocked)).timeline.standing === 'settled')
    expect(hits((await server.client.update(blocked)).timeline)).toEqual(['403'])
  })

  it('the slow store, however little, and the one that is down', async () => {
    const slightly = await ended(await broken('store=slow:20'))
    expect(new Set(hits(slightly))).toEqual(new Set(['the store answers 20 ms late']))
    const late = named(slightly, 'store').map(({ title }) => title)
    for (const operation of ['accept', 'settle']) {
      expect(late).toContain(`the store took its time over ${operation}`)
    }
    const slow = await ended(await broken('store=slow:700'))
    expect(new Set(hits(slow))).toEqual(new Set(['the store answers 700 ms late']))
    expect(named(slow, 'store').map(({ title }) => title)).toContain('the store took its time over accept')
    const down = await broken('store=down')
    await until('the store to fail', async () => hits((await server.client.update(down)).timeline).length > 0)
    await server.client.clearFault('store')
    const timeline = await ended(down)
    expect(new Set(hits(timeline))).toEqual(new Set(['the store is down']))
  })

  it('the killed function: its call never comes back, its answer is cut, another goes on after the lease', async () => {
    const accepted = await broken('kill=accepted')
    const { timeline } = await until('the second delivery', async () => {
      const update = await server.client.update(accepted)
      return named(update.timeline, 'delivery').length === 2 && update
    })
    expect(hits(timeline)).toEqual(['kill=accepted'])
    expect(named(timeline, 'delivery')).toMatchObject([
      { title: 'delivery 1: Connection reset by peer' },
      { title: 'delivery 2: 200' },
    ])
    const [killed] = named(timeline, 'killed')
    const done = await until(
      'another invocation',
      async () => {
        const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
        await fetch(`${server.url}/drain`, { method: 'POST', headers })
        const update = await server.client.update(accepted)
        return update.timeline.standing === 'settled' && update.timeline
      },
      18_000,
    )
    // The killed function had the lease and never knew of it.
    const leases = named(done, 'leased')
    expect(leases.map(({ title }) => title)).toEqual(['leased, attempt 2'])
    expect(leases[0]?.invocation).not.toBe(killed?.invocation)
    expect(leases[0]!.at - killed!.at).toBeGreaterThan(4900)
    expect(await server.client.faults()).toEqual([])
  })

  it('the function that is killed after the store has settled: the update stands as settled', async () => {
    const id = await broken('kill=settled')
    const timeline = await until('the end', async () => {
      const update = await server.client.update(id)
      return update.timeline.standing === 'settled' && update.timeline
    })
    expect(hits(timeline)).toEqual(['kill=settled'])
    expect(named(timeline, 'log').map(({ title }) => title)).not.toContain('update processed')
  })
})
