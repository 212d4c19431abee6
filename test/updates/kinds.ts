/** Updates of every kind that is no message. */
import { LOCATION, POLL } from './media.ts'
import {
  CHANNEL,
  DATE,
  earlier,
  GROUP,
  HELPER_BOT,
  LENA,
  OMAR,
  PRIVATE,
  type Fields,
  type OwnUpdate,
} from './people.ts'

const one = (name: string, kind: string, body: Fields, since?: OwnUpdate['since']): OwnUpdate => ({
  name,
  update: { [kind]: body },
  ...(since && { since }),
})

const CONNECTION = 'own-connection-1'
const press = (name: string, fields: Fields) =>
  one(name, 'callback_query', { id: '9910001', from: LENA, chat_instance: '-55', ...fields })
const BUSINESS = [
  one('a business connection', 'business_connection', {
    id: CONNECTION,
    user: LENA,
    user_chat_id: LENA.id,
    date: DATE,
    rights: { can_reply: true, can_read_messages: true },
    is_enabled: true,
  }),
  one('business messages were deleted', 'deleted_business_messages', {
    business_connection_id: CONNECTION,
    chat: PRIVATE,
    message_ids: [7, 8],
  }),
]

const EMOJI = { type: 'emoji', emoji: '👍' }
const at = (fields: Fields): Fields => ({ chat: GROUP, message_id: 9, date: DATE, ...fields })
const REACTIONS = [
  one('a reaction', 'message_reaction', at({ user: LENA, old_reaction: [], new_reaction: [EMOJI] })),
  one(
    'a reaction of a chat',
    'message_reaction',
    at({ actor_chat: CHANNEL, old_reaction: [EMOJI], new_reaction: [] }),
  ),
  one(
    'counted reactions',
    'message_reaction_count',
    at({
      reactions: [
        { type: { type: 'custom_emoji', custom_emoji_id: '5550012' }, total_count: 2 },
        { type: { type: 'paid' }, total_count: 1 },
      ],
    }),
  ),
]

const QUERIES = [
  press('a button', { message: earlier({ from: HELPER_BOT }), data: 'language:fr' }),
  press('a button of an unknown sort', { message: earlier({ from: HELPER_BOT }), data: 'lamp:on' }),
  press('a button under a message that is too old', {
    message: { chat: PRIVATE, message_id: 2, date: 0 },
    data: 'language:ru',
  }),
  press('a button of an inline message', { inline_message_id: 'own-inline-1', data: 'language:en' }),
  press('a game was opened', { inline_message_id: 'own-inline-2', game_short_name: 'puddles' }),
  one('an inline query', 'inline_query', {
    id: '9920001',
    from: LENA,
    query: 'lake',
    offset: '',
    chat_type: 'sender',
    location: LOCATION,
  }),
  one('an inline result was chosen', 'chosen_inline_result', { result_id: 'r1', from: LENA, query: 'lake' }),
]

const ADDRESS = {
  country_code: 'GB',
  state: '',
  city: 'Keswick',
  street_line1: 'Mill Lane 1',
  street_line2: '',
  post_code: 'XX1 1XX',
}
const SALES = [
  one('where to send it', 'shipping_query', {
    id: '9930001',
    from: LENA,
    invoice_payload: 'tent-1',
    shipping_address: ADDRESS,
  }),
  one('before the payment', 'pre_checkout_query', {
    id: '9930002',
    from: LENA,
    currency: 'EUR',
    total_amount: 9900,
    invoice_payload: 'tent-1',
    order_info: { name: 'Lena Quist', shipping_address: ADDRESS },
  }),
  one('paid media were bought', 'purchased_paid_media', { from: LENA, paid_media_payload: 'views' }),
  one(
    'a subscription ended',
    'subscription',
    { user: LENA, invoice_payload: 'club', state: 'canceled' },
    '10.2',
  ),
]

const POLLS = [
  one('the state of a poll', 'poll', { ...POLL, is_closed: true }),
  one('an answer to a poll', 'poll_answer', {
    poll_id: POLL.id,
    user: LENA,
    option_ids: [0],
    option_persistent_ids: ['p1'],
  }),
  one('a chat’s answer to a poll, withdrawn', 'poll_answer', {
    poll_id: POLL.id,
    voter_chat: CHANNEL,
    option_ids: [],
    option_persistent_ids: [],
  }),
]

const yes = (...rights: string[]): Fields => Object.fromEntries(rights.map((right) => [`can_${right}`, true]))
const COMMON = ['change_info', 'invite_users', 'pin_messages', 'manage_topics']
const STORIES = ['post_stories', 'edit_stories', 'delete_stories']
const POWERS = ['manage_chat', 'delete_messages', 'manage_video_chats', 'restrict_members', 'promote_members']
const MAY_SEND = [
  'messages',
  'audios',
  'documents',
  'photos',
  'videos',
  'video_notes',
  'voice_notes',
  'polls',
]
const MAY_ALSO = ['send_other_messages', 'add_web_page_previews', 'react_to_messages', 'edit_tag']
const owner = { status: 'creator', user: LENA, is_anonymous: false }
const member = { status: 'member', user: OMAR, tag: 'guide' }
const left = { status: 'left', user: OMAR }
const banned = { status: 'kicked', user: OMAR, until_date: 0 }
const administrator = {
  status: 'administrator',
  user: OMAR,
  can_be_edited: true,
  is_anonymous: false,
  ...yes(...POWERS, ...COMMON, ...STORIES),
}
const restricted = {
  status: 'restricted',
  user: OMAR,
  is_member: true,
  ...yes(...MAY_SEND.map((what) => `send_${what}`), ...MAY_ALSO, ...COMMON),
  until_date: DATE + 3600,
}
const INVITATION = {
  invite_link: 'https://t.me/+own',
  creator: LENA,
  creates_join_request: true,
  is_primary: false,
  is_revoked: false,
}
const became = (name: string, from: Fields, to: Fields, fields: Fields = {}, kind = 'chat_member') =>
  one(name, kind, {
    chat: GROUP,
    from: LENA,
    date: DATE,
    old_chat_member: from,
    new_chat_member: to,
    ...fields,
  })
const bot = { user: HELPER_BOT }
const MEMBERSHIP = [
  became('a person came by an invitation', left, member, { invite_link: INVITATION, via_join_request: true }),
  became('a member became an administrator', member, administrator),
  became('an administrator became the owner', administrator, owner),
  became('a member was restricted', member, restricted),
  became('a member was banned', restricted, banned),
  became('the bot came into a group', { ...left, ...bot }, { ...member, ...bot }, {}, 'my_chat_member'),
  became(
    'a person blocked the bot',
    { ...member, ...bot },
    { ...banned, ...bot },
    { chat: PRIVATE },
    'my_chat_member',
  ),
  one('a person asks to come in', 'chat_join_request', {
    chat: GROUP,
    from: OMAR,
    user_chat_id: OMAR.id,
    date: DATE,
    bio: 'I walk',
    invite_link: INVITATION,
    query_id: '9940001',
  }),
]

const boosted = (source: Fields): Fields => ({
  chat: CHANNEL,
  boost: { boost_id: 'own-boost', add_date: DATE, expiration_date: DATE + 86_400, source },
})
const REST = [
  one('a boost', 'chat_boost', boosted({ source: 'premium', user: OMAR })),
  one('a boost by a code', 'chat_boost', boosted({ source: 'gift_code', user: OMAR })),
  one('a boost was removed', 'removed_chat_boost', {
    chat: CHANNEL,
    boost_id: 'own-boost',
    remove_date: DATE,
    source: { source: 'giveaway', giveaway_message_id: 50, is_unclaimed: true },
  }),
  one('a managed bot', 'managed_bot', { user: LENA, bot: HELPER_BOT }),
  one(
    'a draft was stopped',
    'stopped_message_generation',
    { chat: PRIVATE, message_thread_id: 41, draft_id: 5 },
    '10.3',
  ),
]

export const KINDS: readonly OwnUpdate[] = [
  ...BUSINESS,
  ...REACTIONS,
  ...QUERIES,
  ...SALES,
  ...POLLS,
  ...MEMBERSHIP,
  ...REST,
]
