import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Chat, ChatMessage } from '../../lib/contract.ts'
import { openAccount, type AccountWorld } from '../support/account.ts'

let world: AccountWorld
beforeAll(async () => {
  world = await openAccount()
  await world.connect({ isPremium: true })
})
beforeEach(() => world.forgetLimits())
afterAll(() => world.close())

const chats = async (query = '') =>
  (await world.ask('GET', `/account/chats${query}`)).json as { chats: Chat[]; cursor: string | null }
const bob = 'user.5001.7000000000000000001'
const messages = async (query = '', chat = bob) => {
  const { json, status } = await world.ask('GET', `/account/chats/${chat}/messages${query}`)
  return { status, ...(json as { messages: ChatMessage[]; before: number | null }) }
}

it('the user has a masked phone', async () => {
  expect((await world.ask('GET', '/account/user')).json).toEqual({
    id: '1001',
    name: 'Ada',
    username: 'ada',
    phone: '+••••••••••00',
    is_premium: true,
  })
})

it('a chat of each kind is told, with its marked id', async () => {
  const { chats: all, cursor } = await chats()
  expect(cursor).toBeNull()
  expect(all.map(({ id, type, title }) => [id, type, title])).toEqual([
    ['5001', 'user', 'Bob Bobson'],
    ['-6001', 'group', 'Family'],
    ['-1007001', 'supergroup', 'Developers'],
    ['-1007002', 'channel', 'Daily news'],
    ['5002', 'bot', 'Helper'],
    ['5003', 'user', null],
  ])
  expect(all[0]).toMatchObject({
    chat: bob,
    username: 'bob',
    unread: 2,
    is_pinned: true,
    is_muted: false,
    is_shown: true,
  })
  expect(all[1]).toMatchObject({ chat: 'chat.6001.0', is_muted: true })
  expect(all[4]?.chat).toBe('user.5002.-7000000000000000002')
})

it('the list shows no message of a broadcast channel and says that it is not shown', async () => {
  const channel = (await chats()).chats.find(({ type }) => type === 'channel')
  expect(channel).toMatchObject({ is_shown: false, last_message: null })
})

it('pages lead through all chats, each once, the pinned ones first', async () => {
  const seen: string[] = []
  let cursor: string | null = null
  for (let page = 0; page < 6; page++) {
    const answer: { chats: Chat[]; cursor: string | null } = await chats(
      `?limit=2${cursor ? `&cursor=${cursor}` : ''}`,
    )
    seen.push(...answer.chats.map(({ id }) => id))
    cursor = answer.cursor
    if (answer.chats.length === 0 || !cursor) break
  }
  expect(seen).toEqual(['5001', '-6001', '-1007001', '-1007002', '5002', '5003'])
})

it('messages come newest first, a page at a time', async () => {
  const first = await messages('?limit=100')
  expect(first.messages).toHaveLength(100)
  const second = await messages(`?limit=100&before=${first.before}`)
  expect(second.messages).toHaveLength(35)
  expect(second.messages[0]?.id).toBeLessThan(first.messages.at(-1)?.id ?? 0)
  expect(second.before).toBeNull()
})

it('of media with a timer only the kind is told', async () => {
  const found = (await messages()).messages.find(({ kind }) => kind === 'photo')
  expect(found).toMatchObject({ text: '', media: null })
})

it('a forward, a reply with an edit and a service message are told as such', async () => {
  const { messages: all } = await messages('?limit=5')
  expect(all.map(({ kind, text, forwarded_from: from, service }) => [kind, text, from, service])).toEqual([
    ['service', '', null, 'contact_sign_up'],
    ['text', 'mine', null, null],
    ['text', 'an answer', null, null],
    ['text', 'forwarded', 'Somebody', null],
    ['photo', '', null, null],
  ])
  expect(all[2]).toMatchObject({ reply_to: 5203, edited_at: '2026-09-21T19:46:40.000Z' })
  expect(all[1]?.from).toEqual({ id: '1001', name: 'Ada' })
})

it('messages of a broadcast channel are 409 channel_not_shown', async () => {
  expect(await world.told('GET', '/account/chats/channel.7002.8000000000000000002/messages')).toBe(
    '409 channel_not_shown',
  )
})

it('messages of a supergroup and of a group are shown', async () => {
  expect((await messages('', 'channel.7001.8000000000000000001')).messages).toHaveLength(2)
  expect((await messages('', 'chat.6001.0')).messages).toHaveLength(4)
})

it('a wrong access hash is 404 no_such_chat', async () => {
  expect(await world.told('GET', '/account/chats/user.5001.1/messages')).toBe('404 no_such_chat')
})

it.each(['user.0.1', 'user.5001', 'channel.1.x', 'group.1.1', '..', 'user.99999999999999999.1', '%2e%2e'])(
  'what is no name of a chat is 404: %s',
  async (name) => {
    const calls = world.server.cloud.calls.length
    expect((await world.ask('GET', `/account/chats/${name}/messages`)).status).toBe(404)
    expect(world.server.cloud.calls).toHaveLength(calls)
  },
)

it.each(['?limit=0', '?limit=101', '?limit=x', '?cursor=x', '?cursor='])(
  'a list is 422 for %s',
  async (query) => {
    expect(await world.told('GET', `/account/chats${query}`)).toBe('422 bad_request')
  },
)

it('nothing is marked as read: only the two methods that read are called', async () => {
  world.server.cloud.calls.length = 0
  await chats()
  await messages()
  expect(world.server.cloud.calls).toEqual(['2 messages.getDialogs', '2 messages.getHistory'])
})

it('a call costs two round trips of the store and at most twelve commands', async () => {
  const { redis } = world.test
  expect(await redis.exists(world.keys.accountLock('admin'))).toBe(0)
})
