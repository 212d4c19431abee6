import type { Update } from 'telegraf/types'
import { expect, it } from 'vitest'
import { placeOf } from '../../lib/kit/place.ts'

const chat = { id: -1001, type: 'supergroup', title: 'Forum' }
const message = { message_id: 7, date: 1, chat, text: 'hi' }
const reply = { reply_parameters: { message_id: 7, allow_sending_without_reply: true } }

it.each([
  ['a message', { message }, { chat_id: -1001, ...reply }],
  [
    'a message in a topic',
    { message: { ...message, message_thread_id: 5, is_topic_message: true } },
    { chat_id: -1001, message_thread_id: 5, ...reply },
  ],
  [
    'a reply in a group without topics',
    { message: { ...message, message_thread_id: 5 } },
    { chat_id: -1001, ...reply },
  ],
  [
    'a direct message of a channel',
    { message: { ...message, direct_messages_topic: { topic_id: 9 } } },
    { chat_id: -1001, direct_messages_topic_id: 9, ...reply },
  ],
  [
    'a business message',
    { business_message: { ...message, business_connection_id: 'c1' } },
    { chat_id: -1001, business_connection_id: 'c1', ...reply },
  ],
  [
    'a pressed button in a topic',
    { callback_query: { id: '1', message: { ...message, message_thread_id: 5, is_topic_message: true } } },
    { chat_id: -1001, message_thread_id: 5 },
  ],
  ['a button of a message in inline mode', { callback_query: { id: '1', inline_message_id: 'x' } }, null],
  ['an inline query', { inline_query: { id: '1', query: 'x' } }, null],
])('the place of %s', (_what, content, expected) => {
  expect(placeOf({ update_id: 1, ...content } as unknown as Update, true)).toEqual(expected)
})

it('has no reply where none is asked for', () => {
  expect(placeOf({ update_id: 1, message } as unknown as Update, false)).toEqual({ chat_id: -1001 })
})
