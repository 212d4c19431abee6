/** What people do besides writing: topics, reactions, keyboards, joining; and what an onlooker is told of it. */
import { describe, expect, it } from 'vitest'
import { press, sendContent, sendText } from '../../../lib/dev/telegram/actions.ts'
import { commandMenu } from '../../../lib/dev/telegram/command-menu.ts'
import { addTopic } from '../../../lib/dev/telegram/forum.ts'
import { setMember } from '../../../lib/dev/telegram/membership.ts'
import { react } from '../../../lib/dev/telegram/reactions.ts'
import type { Message, Observation, TelegramEmulator } from '../../../lib/dev/telegram/emulator.ts'
import { call, start, startWithHook } from './kit.ts'

const stateOf = ({ world }: TelegramEmulator, id: number) => world.chats.get(id)!

describe('topics', () => {
  it('mark the messages of people and the bot, which stay in the topic of what they answer', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const forum = telegram.group({ title: 'Observatory', members: [ada], forum: true })
    expect(forum).toMatchObject({ type: 'supergroup', is_forum: true })
    const { thread, updateId } = addTopic(telegram.world, ada, forum.id, 'Stars')
    const opened = { message_id: thread, message_thread_id: thread, forum_topic_created: { name: 'Stars' } }
    expect(telegram.messageOf(updateId)).toMatchObject(opened)
    const asked = telegram.messageOf(sendText(telegram.world, ada, 'hi', { chat: forum.id, thread }))
    expect(asked).toMatchObject({
      is_topic_message: true,
      message_thread_id: thread,
      reply_to_message: opened,
    })
    const send = (params: object) =>
      call(telegram, 'sendMessage', { chat_id: forum.id, text: 'x', ...params })
    const inTopic = { message_thread_id: thread, is_topic_message: true }
    expect((await send({ message_thread_id: thread })).result).toMatchObject(inTopic)
    expect((await send({ reply_parameters: { message_id: asked.message_id } })).result).toMatchObject(inTopic)
    expect((await send({})).result.message_thread_id).toBeUndefined()
    expect((await send({ message_thread_id: 999 })).description).toBe('Bad Request: message thread not found')
    expect(() => sendText(telegram.world, ada, 'x', { chat: forum.id, thread: 999 })).toThrow(
      'has no topic 999',
    )
  })

  it('are not known to chats without them', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const answer = await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x', message_thread_id: 1 })
    expect(answer.description).toBe('Bad Request: message thread not found')
    const group = telegram.group({ title: 'G', members: [ada] })
    expect(() => addTopic(telegram.world, ada, group.id, 'T')).toThrow('has no topics')
  })
})

describe('reactions', () => {
  it('are told to a bot that asked for them, and to no other', async () => {
    const { telegram, hook } = await startWithHook({}, { allowed_updates: ['message', 'message_reaction'] })
    const ada = telegram.user()
    const { message_id: id } = telegram.messageOf(telegram.sendText(ada, 'hi'))
    react(telegram.world, ada, id, ['👍'], ada.id)
    react(telegram.world, ada, id, [], ada.id)
    await telegram.waitFor(() => telegram.pending === 0)
    const thumb = [{ type: 'emoji', emoji: '👍' }]
    expect(hook.received.slice(1).map(({ update }) => update['message_reaction'])).toMatchObject([
      { message_id: id, old_reaction: [], new_reaction: thumb },
      { old_reaction: thumb, new_reaction: [] },
    ])
    expect(() => react(telegram.world, ada, id, ['🧱'], ada.id)).toThrow('no reaction')
    expect(() => react(telegram.world, ada, 99, ['👍'], ada.id)).toThrow('no message 99')
    await call(telegram, 'setWebhook', { url: hook.url, allowed_updates: ['message'] })
    const seen: Observation[] = []
    telegram.world.signals.on('observed', (observation) => seen.push(observation))
    react(telegram.world, ada, id, ['❤️'], ada.id)
    expect(seen.find(({ kind }) => kind === 'update')).toMatchObject({ isWanted: false })
    expect(telegram.pending).toBe(0)
  })

  it('of the bot are those that Telegram has', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const { message_id } = telegram.messageOf(telegram.sendText(ada, 'hi'))
    const set = (emoji: string) =>
      call(telegram, 'setMessageReaction', {
        chat_id: ada.id,
        message_id,
        reaction: [{ type: 'emoji', emoji }],
      })
    expect(await set('🔥')).toMatchObject({ ok: true })
    expect(stateOf(telegram, ada.id).reactions.get(message_id)?.get(telegram.bot.id)).toMatchObject([
      { emoji: '🔥' },
    ])
    expect(await set('🧱')).toMatchObject({ description: 'Bad Request: REACTION_INVALID' })
  })
})

describe('reply keyboards', () => {
  const keyboard = [[{ text: 'Yes' }, 'No']]

  it('stand until they are taken away', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const send = (reply_markup: object) =>
      call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x', reply_markup })
    const { result } = await send({ keyboard, one_time_keyboard: true, input_field_placeholder: 'well?' })
    expect(result.reply_markup).toBeUndefined()
    expect(stateOf(telegram, ada.id).keyboards.get('all')).toEqual({
      messageId: result.message_id,
      keyboard: [[{ text: 'Yes' }, { text: 'No' }]],
      oneTime: true,
      placeholder: 'well?',
      forceReply: false,
    })
    await send({ remove_keyboard: true })
    expect(stateOf(telegram, ada.id).keyboards.size).toBe(0)
    await send({ force_reply: true })
    expect(stateOf(telegram, ada.id).keyboards.get('all')).toMatchObject({ forceReply: true })
  })

  it('are for those whom a selective one names', async () => {
    const telegram = await start()
    const [ada, bob] = [telegram.user(), telegram.user({ first_name: 'Bob', username: 'bobby' })]
    const group = telegram.group({ title: 'G', members: [ada, bob] })
    const reply_markup = { keyboard, selective: true }
    await call(telegram, 'sendMessage', { chat_id: group.id, text: 'well, @bobby?', reply_markup })
    expect([...stateOf(telegram, group.id).keyboards.keys()]).toEqual([bob.id])
    const contact = { keyboard: [[{ text: 'me', request_contact: true }]] }
    const refused = await call(telegram, 'sendMessage', {
      chat_id: group.id,
      text: 'x',
      reply_markup: contact,
    })
    expect(refused.description).toBe('Bad Request: phone number can be requested in private chats only')
  })
})

describe('the menu of commands', () => {
  it('is the narrowest list that fits chat and language', async () => {
    const telegram = await start()
    const [ada, ivan] = [telegram.user(), telegram.user({ language_code: 'ru' })]
    const group = telegram.group({ title: 'G', members: [ada] })
    const set = (command: string, params: object = {}) =>
      call(telegram, 'setMyCommands', { commands: [{ command, description: 'd' }], ...params })
    const menu = (chat: number, user = ada) =>
      commandMenu(telegram.world, stateOf(telegram, chat), user).map(({ command }) => command)
    expect(menu(ada.id)).toEqual([])
    await set('all')
    await set('vse', { language_code: 'ru' })
    expect([menu(ada.id), menu(ivan.id, ivan), menu(group.id)]).toEqual([['all'], ['vse'], ['all']])
    await set('groups', { scope: { type: 'all_group_chats' } })
    await set('mine', { scope: { type: 'chat', chat_id: ada.id } })
    expect([menu(ada.id), menu(ivan.id, ivan), menu(group.id)]).toEqual([['mine'], ['vse'], ['groups']])
  })
})

describe('coming and going', () => {
  it('is a service message', async () => {
    const { telegram, hook } = await startWithHook()
    const [ada, bob] = [telegram.user(), telegram.user({ first_name: 'Bob' })]
    const group = telegram.group({ title: 'G', members: [ada] })
    setMember(telegram.world, bob, group.id, true)
    sendContent(telegram.world, bob, { location: { latitude: 1, longitude: 2 } }, { chat: group.id })
    setMember(telegram.world, bob, group.id, false)
    await telegram.waitFor(() => telegram.pending === 0)
    const messages = hook.received.map(({ update }) => update['message'] as Message)
    expect(messages).toMatchObject([
      { new_chat_members: [{ first_name: 'Bob' }] },
      { location: { latitude: 1 } },
      { left_chat_member: { first_name: 'Bob' } },
    ])
    expect(() => setMember(telegram.world, bob, group.id, false)).toThrow('not a member')
    expect(() => setMember(telegram.world, bob, ada.id, true)).toThrow('not a group')
  })
})

describe('an onlooker', () => {
  it('is told of updates, deliveries, calls and the faults that hit them', async () => {
    const { telegram } = await startWithHook()
    const seen: Observation[] = []
    telegram.world.signals.on('observed', (observation) => seen.push(structuredClone(observation)))
    const ada = telegram.user()
    telegram.delivery.dropAnswer(1)
    const updateId = telegram.sendText(ada, 'hi')
    await telegram.waitFor(() => telegram.pending === 0)
    expect(seen.find(({ kind }) => kind === 'update')).toMatchObject({ update: { update_id: updateId } })
    const deliveries = seen.flatMap((one) => (one.kind === 'delivery' ? [one.delivery] : []))
    expect(deliveries).toMatchObject([
      { updateId, attempt: 1, status: 0, fault: 'its answer 200 was dropped' },
      { updateId, attempt: 2, status: 200 },
    ])
    telegram.faults.set('sendMessage', { status: 429, retryAfterSeconds: 30, times: 1 })
    const keyboard = [[{ text: 'A', callback_data: 'a' }]]
    const say = () =>
      call(telegram, 'sendMessage', {
        chat_id: ada.id,
        text: 'x',
        reply_markup: { inline_keyboard: keyboard },
      })
    await say()
    const { result } = await say()
    await telegram.waitFor(() => seen.filter(({ kind }) => kind === 'call').length === 4)
    const calls = seen.flatMap((one) => (one.kind === 'call' ? [one.call] : []))
    expect(calls).toMatchObject([
      { status: null, fault: '429, retry after 30 s' },
      { status: 429, ms: expect.any(Number) },
      { status: null },
      { status: 200, result: { message_id: result.message_id } },
    ])
    press(telegram.world, ada, result.message_id, 'a')
    telegram.revokeToken()
    await say()
    expect(telegram.calls.at(-1)).toMatchObject({ status: 401, fault: 'token revoked' })
  })

  it('sees an update overtake another', async () => {
    const { telegram, hook } = await startWithHook()
    telegram.delivery.outOfOrder = true
    telegram.delivery.overtakingMs = 10_000
    const ada = telegram.user()
    const first = telegram.sendText(ada, 'one')
    // Not in one burst: the first has been looked at, and is held back.
    await call(telegram, 'getMe')
    expect(hook.received).toEqual([])
    const second = telegram.sendText(ada, 'two')
    await telegram.waitFor(() => telegram.pending === 0)
    expect(hook.ids()).toEqual([second, first])
    expect(telegram.deliveries).toMatchObject([
      { updateId: second, fault: `out of order: before update ${first}` },
      { updateId: first, fault: `out of order: after update ${second}` },
    ])
  })
})
