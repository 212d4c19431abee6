import { expect, it } from 'vitest'
import { featureBot } from '../../support/feature-bot.ts'
import { ANNA, BOT_USER, GROUP, message, PRIVATE } from '../../support/updates.ts'

const changed = (chat: object, member: object) => ({
  my_chat_member: {
    chat,
    from: ANNA,
    date: 1_790_000_000,
    old_chat_member: { user: BOT_USER, status: 'left' },
    new_chat_member: { user: BOT_USER, ...member },
  },
})

it('a person who blocks the bot is remembered as blocked, until they take it back', async () => {
  const { person, peer } = await featureBot()
  const anna = person('Anna')
  expect((await anna.blocks()).calls).toEqual([])
  expect(await peer(anna.user.id)).toEqual({ blocked: '1' })
  expect((await anna.unblocks()).calls).toEqual([])
  expect(await peer(anna.user.id)).toEqual({})
})

it.each([
  { status: 'left' },
  { status: 'kicked', until_date: 0 },
  { status: 'restricted', is_member: true, can_send_messages: false },
  { status: 'restricted', is_member: false, can_send_messages: true },
])('a group where the bot is %j cannot be written to', async (member) => {
  const { delivers, peer } = await featureBot()
  expect((await delivers(changed(GROUP, member))).calls).toEqual([])
  expect(await peer(GROUP.id)).toEqual({ blocked: '1' })
})

it.each([
  { status: 'member' },
  { status: 'administrator' },
  { status: 'restricted', is_member: true, can_send_messages: true },
])('a group where the bot is %j can be written to again', async (member) => {
  const { delivers, peer } = await featureBot()
  await delivers(changed(GROUP, { status: 'left' }))
  expect((await delivers(changed(GROUP, member))).calls).toEqual([])
  expect(await peer(GROUP.id)).toEqual({})
})

it('what is known of a group moves with it when it becomes a supergroup', async () => {
  const { person, group, delivers, telegram, peer, settled } = await featureBot()
  const friends = group('Friends', [person('Anna')])
  await delivers(changed(friends, { status: 'left' }))
  const { chat } = telegram.migrate(friends)
  await settled()
  expect(await peer(friends.id)).toEqual({})
  expect(await peer(chat.id)).toEqual({ blocked: '1' })
})

const anonymous = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
const old = { id: -55, type: 'group', title: 'Friends' }

it.each([
  ['in the old chat', message({ chat: old, migrate_to_chat_id: GROUP.id })],
  ['in the new chat', message({ chat: GROUP, from: anonymous, migrate_from_chat_id: -55 })],
])('one half of a migration is enough: that %s', async (_which, update) => {
  const { delivers, peer } = await featureBot()
  await delivers(changed(old, { status: 'left' }))
  expect((await delivers(update)).calls).toEqual([])
  expect(await peer(-55)).toEqual({})
  expect(await peer(GROUP.id)).toEqual({ blocked: '1' })
})

it.each([{ migrate_to_chat_id: GROUP.id }, { migrate_from_chat_id: GROUP.id }])(
  'a private chat does not become a group: %j',
  async (fields) => {
    const { delivers, peer } = await featureBot()
    await delivers(changed(PRIVATE, { status: 'kicked' }))
    await delivers(changed(GROUP, { status: 'left' }))
    await delivers(message(fields))
    expect(await peer(PRIVATE.id)).toEqual({ blocked: '1' })
    expect(await peer(GROUP.id)).toEqual({ blocked: '1' })
  },
)

it('a person who is too fast is remembered as blocked all the same', async () => {
  const { person, peer } = await featureBot({ env: { RATE_LIMIT_REQUESTS: '1' } })
  const anna = person('Anna')
  for (const words of ['one', 'two', 'three']) await anna.says(words)
  await anna.blocks()
  expect(await peer(anna.user.id)).toMatchObject({ blocked: '1' })
})

it.each([{}, { chat: PRIVATE }, { chat: { id: '42' }, new_chat_member: { status: 'left' } }])(
  'a change of membership without its fields, %j, changes nothing',
  async (odd) => {
    const { delivers, peer } = await featureBot()
    expect((await delivers({ my_chat_member: odd })).calls).toEqual([])
    expect(await peer(42)).toEqual({})
  },
)
