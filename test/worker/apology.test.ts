/** Where the sender of an update that was given up on is told so. */
import { expect, it } from 'vitest'
import { feature } from '../../lib/kit/index.ts'
import { featureBot } from '../support/feature-bot.ts'
import { addTopic } from '../../lib/dev/telegram/forum.ts'

const throws = feature({
  name: 'throws',
  register: (bot) =>
    void bot.command('go', () => {
      throw new Error('no')
    }),
})

const sent = (telegram: { calls: readonly { method: string; params: Record<string, unknown> }[] }) =>
  telegram.calls.filter(({ method }) => method === 'sendMessage').map(({ params }) => params)

it('in the topic of the message, as a reply to it', async () => {
  const { person, group, telegram } = await featureBot({ features: [throws] })
  const anna = person('Anna')
  const forum = group('Forum', [anna], { supergroup: true, forum: true })
  const { thread } = addTopic(telegram.world, anna.user, forum.id, 'Stars')
  await expect(anna.says('/go', { in: forum, topic: thread })).rejects.toThrow()
  expect(sent(telegram)).toEqual([
    expect.objectContaining({
      chat_id: forum.id,
      message_thread_id: thread,
      reply_parameters: { message_id: expect.any(Number), allow_sending_without_reply: true },
    }),
  ])
})

it('in the chat, once the topic is gone', async () => {
  const { person, telegram, refuses, delivers } = await featureBot({ features: [throws] })
  const anna = person('Anna')
  refuses('sendMessage', { description: 'Bad Request: message thread not found' })
  const message = {
    message_id: 3,
    date: 1,
    chat: { id: anna.user.id, type: 'private', first_name: 'Anna' },
    from: anna.user,
    text: '/go',
    entities: [{ type: 'bot_command', offset: 0, length: 3 }],
    message_thread_id: 77,
    is_topic_message: true,
  }
  await expect(delivers({ message })).rejects.toThrow()
  expect(sent(telegram).map((params) => params['message_thread_id'])).toEqual([77, undefined])
})

it('in the supergroup that the group has become', async () => {
  let become = () => {}
  const { person, group, telegram } = await featureBot({
    features: [
      feature({
        name: 'migrates',
        register: (bot) =>
          void bot.command('go', () => {
            become()
            throw new Error('no')
          }),
      }),
    ],
  })
  const anna = person('Anna')
  const friends = group('Friends', [anna])
  let supergroup = friends
  let isDone = false
  become = () => {
    if (!isDone) supergroup = telegram.migrate(friends).chat
    isDone = true
  }
  await expect(anna.says('/go', { in: friends })).rejects.toThrow()
  expect(sent(telegram).map(({ chat_id: id }) => id)).toEqual([friends.id, supergroup.id])
})
