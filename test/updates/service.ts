/** Service messages: what happened in a chat. */
import { CHECKLIST, DOCUMENT, PHOTO, POLL, STICKER } from './media.ts'
import {
  CHANNEL,
  CHANNEL_DIRECT,
  DATE,
  earlier,
  FORUM,
  GROUP,
  HELPER_BOT,
  LENA,
  message,
  messageOf,
  OMAR,
  SMALL_GROUP,
  type Fields,
  type OwnUpdate,
} from './people.ts'

const inGroup = (name: string, fields: Fields) => message(name, { chat: GROUP, ...fields })
const inTopic = (name: string, fields: Fields) =>
  message(name, { chat: FORUM, message_thread_id: 41, is_topic_message: true, ...fields })
const ofOffer = (name: string, fields: Fields) => message(name, { chat: CHANNEL_DIRECT, ...fields })

const MEMBERS = [
  inGroup('new members', { new_chat_members: [OMAR, HELPER_BOT] }),
  inGroup('a member has left', { left_chat_member: OMAR }),
  inGroup('the owner has left', { chat_owner_left: { new_owner: OMAR } }),
  inGroup('the owner has changed', { chat_owner_changed: { new_owner: OMAR } }),
  inGroup('a new title', { new_chat_title: 'Walkers and swimmers' }),
  inGroup('a new photo', { new_chat_photo: PHOTO }),
  inGroup('no photo any more', { delete_chat_photo: true }),
  message('a group was made', { chat: SMALL_GROUP, group_chat_created: true }),
  inGroup('a supergroup was made', { supergroup_chat_created: true }),
  message('a channel was made', { chat: CHANNEL, channel_chat_created: true }),
  inGroup('messages delete themselves', {
    message_auto_delete_timer_changed: { message_auto_delete_time: 86_400 },
  }),
  message('a group became a supergroup', { chat: SMALL_GROUP, migrate_to_chat_id: -1_008_800_000_206 }),
  message('a supergroup was a group', {
    chat: { ...GROUP, id: -1_008_800_000_206 },
    migrate_from_chat_id: SMALL_GROUP.id,
  }),
  inGroup('a pinned message', { pinned_message: messageOf({ chat: GROUP, text: 'the rules' }) }),
  inGroup('a pinned message that is gone', { pinned_message: { chat: GROUP, message_id: 5, date: 0 } }),
]

const SHARED = [
  message('people were shared', {
    users_shared: { request_id: 1, users: [{ user_id: OMAR.id, first_name: 'Omar', photo: PHOTO }] },
  }),
  message('a chat was shared', { chat_shared: { request_id: 2, chat_id: GROUP.id, title: GROUP.title } }),
  message('a website was connected', { connected_website: 'walkers.example' }),
  message('writing was allowed', { write_access_allowed: { from_request: true } }),
  message('data of a Mini App', { web_app_data: { data: '{"tent":1}', button_text: 'Send' } }),
  message('data of a passport', {
    passport_data: {
      data: [{ type: 'email', email: 'lena@example.org', hash: 'b3du' }],
      credentials: { data: 'b3du', hash: 'b3du', secret: 'b3du' },
    },
  }),
  inGroup('a walker is near', { proximity_alert_triggered: { traveler: OMAR, watcher: LENA, distance: 80 } }),
  message('a bot was made to be managed', { managed_bot_created: { bot: HELPER_BOT } }),
]

const background = (name: string, type: Fields) => message(name, { chat_background_set: { type } })
const DIMMED = { dark_theme_dimming: 20 }
const LOOKS = [
  inGroup('boosts were added', { boost_added: { boost_count: 2 } }),
  background('a plain background', { type: 'fill', fill: { type: 'solid', color: 255 }, ...DIMMED }),
  background('a background between two colours', {
    type: 'fill',
    fill: { type: 'gradient', top_color: 255, bottom_color: 65_280, rotation_angle: 45 },
    ...DIMMED,
  }),
  background('a wallpaper', { type: 'wallpaper', document: DOCUMENT, is_blurred: true, ...DIMMED }),
  background('a pattern', {
    type: 'pattern',
    document: DOCUMENT,
    fill: { type: 'freeform_gradient', colors: [1, 2, 3] },
    intensity: 50,
  }),
  background('a theme', { type: 'chat_theme', theme_name: 'rain' }),
]

const LISTS = [
  message('tasks were done', {
    checklist_tasks_done: {
      checklist_message: earlier({ checklist: CHECKLIST }),
      marked_as_done_task_ids: [1],
    },
  }),
  message('tasks were added', { checklist_tasks_added: { tasks: [{ id: 3, text: 'A lamp' }] } }),
  inGroup('an option was added', {
    poll_option_added: {
      poll_message: earlier({ poll: POLL }),
      option_persistent_id: 'p3',
      option_text: 'The sea',
    },
  }),
  inGroup('an option was deleted', {
    poll_option_deleted: { option_persistent_id: 'p3', option_text: 'The sea' },
  }),
]

const TOPICS = [
  inTopic('a topic was made', { forum_topic_created: { name: 'Boots', icon_color: 7_322_096 } }),
  inTopic('a topic was edited', { forum_topic_edited: { name: 'Boots and socks' } }),
  inTopic('a topic was closed', { forum_topic_closed: {} }),
  inTopic('a topic was opened again', { forum_topic_reopened: {} }),
  message('General was hidden', { chat: FORUM, general_forum_topic_hidden: {} }),
  message('General was shown', { chat: FORUM, general_forum_topic_unhidden: {} }),
]

const VIDEO_CHATS = [
  inGroup('a video chat was planned', { video_chat_scheduled: { start_date: DATE + 3600 } }),
  inGroup('a video chat began', { video_chat_started: {} }),
  inGroup('a video chat ended', { video_chat_ended: { duration: 61 } }),
  inGroup('people were asked to a video chat', { video_chat_participants_invited: { users: [OMAR] } }),
]

const suggested = messageOf({ chat: CHANNEL_DIRECT, text: 'Rain from noon' })
const PRICE = { currency: 'XTR', amount: 50 }
const OFFERS = [
  message('the price of direct messages changed', {
    chat: CHANNEL,
    direct_message_price_changed: { are_direct_messages_enabled: true, direct_message_star_count: 3 },
  }),
  inGroup('the price of messages changed', { paid_message_price_changed: { paid_message_star_count: 1 } }),
  ofOffer('a suggested post was approved', {
    suggested_post_approved: { suggested_post_message: suggested, price: PRICE, send_date: DATE + 7200 },
  }),
  ofOffer('a suggested post could not be approved', { suggested_post_approval_failed: { price: PRICE } }),
  ofOffer('a suggested post was declined', { suggested_post_declined: { comment: 'too wet' } }),
  ofOffer('a suggested post was paid', {
    suggested_post_paid: { currency: 'XTR', star_amount: { amount: 50, nanostar_amount: 1 } },
  }),
  ofOffer('a suggested post was paid back', { suggested_post_refunded: { reason: 'post_deleted' } }),
]

const COMMUNITY = { community: { id: 990_001, name: 'The coast' } }
const COMMUNITIES = [
  message('a chat came to a community', { chat: GROUP, community_chat_added: COMMUNITY }, '10.3'),
  message('a person came out of a community', { chat: GROUP, community_chat_joined: COMMUNITY }, '10.3'),
  message('a chat left a community', { chat: GROUP, community_chat_removed: {} }, '10.3'),
]

const GIFT = { id: 'own-gift-1', sticker: STICKER, star_count: 15, total_count: 100, remaining_count: 4 }
const PART = { name: 'Drizzle', rarity_per_mille: 20 }
const COLORS = { center_color: 1, edge_color: 2, symbol_color: 3, text_color: 4 }
const UNIQUE = {
  gift_id: 'own-gift-1',
  base_name: 'Umbrella',
  name: 'Umbrella-7',
  number: 7,
  model: { ...PART, sticker: STICKER },
  symbol: { ...PART, sticker: STICKER },
  backdrop: { ...PART, colors: COLORS },
}
const SALE = { currency: 'XTR', total_amount: 25, invoice_payload: 'tent-1' }
const CHARGE = { telegram_payment_charge_id: 'own-charge-1' }
const CONTEST = { winners_selection_date: DATE + 86_400, winner_count: 1 }
const MONEY = [
  message('an invoice', {
    invoice: {
      title: 'Tent',
      description: 'For two',
      start_parameter: 'tent',
      currency: 'EUR',
      total_amount: 9900,
    },
  }),
  message('a payment', {
    successful_payment: { ...SALE, ...CHARGE, provider_payment_charge_id: 'own-provider-1' },
  }),
  message('a payment was given back', { refunded_payment: { ...SALE, ...CHARGE } }),
  message('a gift', { gift: { gift: GIFT, owned_gift_id: 'own-1', text: 'for you', is_private: true } }),
  message('a gift of one of a kind', { unique_gift: { gift: UNIQUE, origin: 'upgrade' } }),
  message('a gift was made one of a kind', { gift_upgrade_sent: { gift: GIFT, can_be_upgraded: true } }),
  message('a prize draw was made', { chat: CHANNEL, giveaway_created: { prize_star_count: 100 } }),
  message('a prize draw', { chat: CHANNEL, giveaway: { chats: [CHANNEL], ...CONTEST } }),
  message('the winners of a prize draw', {
    chat: CHANNEL,
    giveaway_winners: { chat: CHANNEL, giveaway_message_id: 50, ...CONTEST, winners: [OMAR] },
  }),
  message('a prize draw is over', { chat: CHANNEL, giveaway_completed: { winner_count: 1 } }),
]

export const SERVICE: readonly OwnUpdate[] = [
  ...MEMBERS,
  ...SHARED,
  ...LOOKS,
  ...LISTS,
  ...TOPICS,
  ...VIDEO_CHATS,
  ...OFFERS,
  ...COMMUNITIES,
  ...MONEY,
]
