import { expect, it } from 'vitest'
import { createTestBot } from '../../support/bot.ts'
import { ANNA, BOT_USER, GROUP, message, PRIVATE } from '../../support/updates.ts'

function changed(chat: object, member: object): unknown {
  return {
    update_id: 1,
    my_chat_member: {
      chat,
      from: ANNA,
      date: 1_790_000_000,
      old_chat_member: { user: BOT_USER, status: 'left' },
      new_chat_member: { user: BOT_USER, ...member },
    },
  }
}

it.each([
  [PRIVATE, { status: 'kicked', until_date: 0 }, 'markBlocked 42 true'],
  [PRIVATE, { status: 'member' }, 'markBlocked 42 false'],
  [GROUP, { status: 'left' }, 'markBlocked -1001555000111 true'],
  [GROUP, { status: 'administrator' }, 'markBlocked -1001555000111 false'],
  [
    GROUP,
    { status: 'restricted', is_member: true, can_send_messages: true },
    'markBlocked -1001555000111 false',
  ],
  [
    GROUP,
    { status: 'restricted', is_member: true, can_send_messages: false },
    'markBlocked -1001555000111 true',
  ],
  [
    GROUP,
    { status: 'restricted', is_member: false, can_send_messages: true },
    'markBlocked -1001555000111 true',
  ],
])('%j with %j leads to %s', async (chat, member, deed) => {
  const bot = createTestBot()
  expect(await bot.send(changed(chat, member))).toEqual([])
  expect(bot.deeds).toEqual([deed])
})

it('moves a chat from either half of a migration', async () => {
  const bot = createTestBot()
  const old = { id: -55, type: 'group', title: 'Friends' }
  const anonymous = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
  expect(await bot.send(message({ chat: old, migrate_to_chat_id: GROUP.id }))).toEqual([])
  expect(await bot.send(message({ chat: GROUP, from: anonymous, migrate_from_chat_id: -55 }))).toEqual([])
  expect(bot.deeds).toEqual(['moveChat -55 -1001555000111', 'moveChat -55 -1001555000111'])
})

it('moves groups only', async () => {
  const bot = createTestBot()
  await bot.send(message({ migrate_to_chat_id: GROUP.id }))
  await bot.send(message({ migrate_from_chat_id: -55 }))
  expect(bot.deeds).toEqual([])
})

it('is not held up by the rate limit', async () => {
  const bot = createTestBot({ scope: { rate: 'drop' } })
  await bot.send(changed(PRIVATE, { status: 'kicked', until_date: 0 }))
  await bot.send(message({ chat: { id: -55, type: 'group' }, migrate_to_chat_id: GROUP.id }))
  expect(bot.deeds).toEqual(['markBlocked 42 true', 'moveChat -55 -1001555000111'])
})

it.each([{}, { chat: PRIVATE }, { chat: { id: '42' }, new_chat_member: { status: 'left' } }])(
  'does nothing with %j',
  async (odd) => {
    const bot = createTestBot()
    expect(await bot.send({ update_id: 1, my_chat_member: odd })).toEqual([])
    expect(bot.deeds).toEqual([])
  },
)
