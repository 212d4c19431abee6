/** Texts, and where, by whom and in answer to what a message is written. */
import { CHECKLIST, DOCUMENT, PHOTO, VOICE } from './media.ts'
import {
  ANONYMOUS_ADMIN,
  CHANNEL,
  CHANNEL_BOT,
  CHANNEL_DIRECT,
  DATE,
  earlier,
  entity,
  FORUM,
  GROUP,
  HELPER_BOT,
  LENA,
  message,
  messageOf,
  OMAR,
  SMALL_GROUP,
  TELEGRAM,
  type Fields,
  type OwnUpdate,
} from './people.ts'

const command = (text: string, length: number, fields: Fields = {}): Fields => ({
  text,
  entities: [entity('bot_command', 0, length)],
  ...fields,
})
const PING = command('/ping outside', 5)
const FORMATTED = 'bold italic under strike hidden code block quote link name 12:00 #tag $TAG @lena_example'
const TOPIC = { chat: FORUM, message_thread_id: 41, is_topic_message: true }
const CONNECTION = { business_connection_id: 'own-connection-1' }
const OFFER = { state: 'pending', price: { currency: 'XTR', amount: 50 }, send_date: DATE + 7200 }

const TEXTS = [
  message('a text', { text: 'good morning' }),
  message('a text of 4,096 units', { text: '☂️'.repeat(2048) }),
  message('a command', command('/start', 6)),
  message('a command in capitals', command('/Ping hello', 5)),
  message('a command in a quotation', {
    text: '/ping quoted',
    entities: [entity('blockquote', 0, 12), entity('bot_command', 0, 5)],
  }),
  message('a command for another bot', command('/ping@helper_example_bot x', 24, { chat: GROUP })),
  message('every kind of entity', {
    text: FORMATTED,
    entities: [
      entity('bold', 0, 4),
      entity('italic', 5, 6),
      entity('underline', 12, 5),
      entity('strikethrough', 18, 6),
      entity('spoiler', 25, 6),
      entity('code', 32, 4),
      entity('pre', 37, 5, { language: 'lua' }),
      entity('blockquote', 43, 5),
      entity('text_link', 49, 4, { url: 'https://walkers.example' }),
      entity('text_mention', 54, 4, { user: OMAR }),
      entity('date_time', 59, 5, { unix_time: DATE, date_time_format: 't' }),
      entity('hashtag', 65, 4),
      entity('cashtag', 70, 4),
      entity('mention', 75, 13),
    ],
  }),
  message('a link with a preview and an effect', {
    text: 'https://walkers.example',
    entities: [entity('url', 0, 23)],
    link_preview_options: { url: 'https://walkers.example', prefer_small_media: true },
    effect_id: '5107584321108051014',
  }),
  message('a message under buttons', {
    text: 'choose',
    from: HELPER_BOT,
    reply_markup: {
      inline_keyboard: [
        [
          { text: 'A', callback_data: 'a', style: 'primary' },
          { text: 'B', url: 'https://walkers.example' },
        ],
        [{ text: 'Copy', copy_text: { text: 'copied' } }],
      ],
    },
  }),
]

const PLACES = [
  message('a command in a small group', { ...PING, chat: SMALL_GROUP }),
  message('a command in a group by a marked member', {
    ...PING,
    chat: GROUP,
    sender_boost_count: 2,
    sender_tag: 'guide',
  }),
  message('a command in a topic', { ...PING, ...TOPIC }),
  message('a command in a thread that is no topic', { ...PING, chat: GROUP, message_thread_id: 17 }),
  message('a command to a channel’s direct messages', {
    ...PING,
    chat: CHANNEL_DIRECT,
    direct_messages_topic: { topic_id: 71, user: LENA },
    paid_star_count: 3,
  }),
  message('a suggested post', {
    text: 'Rain from noon',
    chat: CHANNEL_DIRECT,
    direct_messages_topic: { topic_id: 71, user: LENA },
    suggested_post_info: OFFER,
  }),
  message('a command by an anonymous administrator', {
    ...PING,
    chat: GROUP,
    from: ANONYMOUS_ADMIN,
    sender_chat: GROUP,
    author_signature: 'the chair',
  }),
  message('a command by a channel', { ...PING, chat: GROUP, from: CHANNEL_BOT, sender_chat: CHANNEL }),
  message('a post in its discussion group', {
    text: 'Rain from noon',
    chat: GROUP,
    from: TELEGRAM,
    sender_chat: CHANNEL,
    is_automatic_forward: true,
    forward_origin: { type: 'channel', date: DATE, chat: CHANNEL, message_id: 44 },
  }),
  message('a text by another bot, sent from offline', {
    text: 'x',
    from: HELPER_BOT,
    chat: GROUP,
    is_from_offline: true,
  }),
  // An ephemeral message has 0 as its id since 10.2, or none at all.
  message(
    'an ephemeral command',
    { ...PING, message_id: 0, ephemeral_message_id: 3, receiver_user: HELPER_BOT, chat: GROUP },
    '10.2',
  ),
  message(
    'an ephemeral command without a message_id',
    { ...PING, message_id: undefined, ephemeral_message_id: 4, receiver_user: HELPER_BOT, chat: GROUP },
    '10.2',
  ),
]

const origin = (type: string, fields: Fields): Fields => ({ forward_origin: { type, date: DATE, ...fields } })
const ANSWERED = [
  message('forwarded from a person', { text: 'x', ...origin('user', { sender_user: OMAR }) }),
  message('forwarded from a hidden person', {
    ...PING,
    ...origin('hidden_user', { sender_user_name: 'Nobody’s neighbour' }),
  }),
  message('forwarded from a group', { voice: VOICE, ...origin('chat', { sender_chat: GROUP }) }),
  message('forwarded from a channel', {
    photo: PHOTO,
    has_protected_content: true,
    ...origin('channel', { chat: CHANNEL, message_id: 45, author_signature: 'The keeper' }),
  }),
  message('a reply with a quotation', {
    ...PING,
    reply_to_message: earlier(),
    quote: { text: 'earlier', position: 3, is_manual: true },
  }),
  message('a reply to a message of another chat', {
    text: 'see there',
    external_reply: {
      origin: { type: 'user', date: DATE, sender_user: OMAR },
      chat: GROUP,
      message_id: 12,
      document: DOCUMENT,
    },
  }),
  message('a reply to a story', { text: 'lovely', reply_to_story: { chat: CHANNEL, id: 12 } }),
  message('a reply to a task', {
    text: 'I have one',
    reply_to_message: earlier({ checklist: CHECKLIST }),
    reply_to_checklist_task_id: 1,
  }),
  message('a reply to an option of a poll', { text: 'why?', reply_to_poll_option_id: 'p2' }),
  message('sent by way of a bot', { text: 'x', via_bot: HELPER_BOT }),
]

const kind = (name: string, of: string, fields: Fields): OwnUpdate => ({
  name,
  update: { [of]: messageOf(fields) },
})
const POST = { from: undefined, chat: CHANNEL, sender_chat: CHANNEL, author_signature: 'The keeper' }
const OTHERS = [
  kind('an edited command', 'edited_message', { ...PING, edit_date: DATE + 5 }),
  kind('a post', 'channel_post', { ...POST, text: 'Rain from noon' }),
  kind('a paid post', 'channel_post', { ...POST, photo: PHOTO, is_paid_post: true }),
  kind('an edited post', 'edited_channel_post', { ...POST, text: 'Rain from one', edit_date: DATE + 60 }),
  kind('a business message', 'business_message', { ...PING, ...CONNECTION }),
  kind('a business message by a bot for its owner', 'business_message', {
    text: 'We are open',
    ...CONNECTION,
    sender_business_bot: HELPER_BOT,
  }),
  kind('an edited business message', 'edited_business_message', {
    text: 'open till five',
    ...CONNECTION,
    edit_date: DATE + 9,
  }),
  kind('a message to a guest', 'guest_message', {
    ...PING,
    chat: GROUP,
    guest_query_id: '9900001',
    reply_to_message: earlier({ text: 'an answer', guest_bot_caller_user: LENA }),
  }),
  kind('a message to a guest, called by a channel', 'guest_message', {
    text: '@evergram_bot hello',
    chat: GROUP,
    guest_query_id: '9900002',
    guest_bot_caller_chat: CHANNEL,
  }),
]

export const CIRCUMSTANCES: readonly OwnUpdate[] = [...TEXTS, ...PLACES, ...ANSWERED, ...OTHERS]
