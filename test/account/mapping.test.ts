/** What Telegram may send by its schema, mapped: nothing throws, and all of it is JSON of ours. */
import type { tl } from '@mtcute/core'
import { __tlReaderMap, __tlWriterMap, TlBinaryReader, TlBinaryWriter } from '@mtcute/core/utils.js'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { chatsOf } from '../../lib/account/chats.ts'
import { messageOf, peopleOf } from '../../lib/account/message.ts'
import { userOf } from '../../lib/account/user.ts'
import { randomObject, seeded } from '../../lib/dev/mtproto/random.ts'

const Id = z.string().regex(/^-?\d+$/)
const Time = z.iso.datetime()
const Message = z.strictObject({
  id: z.int(),
  at: Time,
  from: z.strictObject({ id: Id, name: z.string().min(1).nullable() }).nullable(),
  text: z.string(),
  kind: z.string().regex(/^[a-z_]+$/),
  media: z
    .strictObject({
      mime: z.string().nullable(),
      bytes: z.number().nullable(),
      duration_s: z.number().nullable(),
      width: z.number().nullable(),
      height: z.number().nullable(),
      file_name: z.string().nullable(),
    })
    .nullable(),
  forwarded_from: z.string().nullable(),
  reply_to: z.int().nullable(),
  edited_at: Time.nullable(),
  service: z
    .string()
    .regex(/^[a-z0-9_]+$/)
    .nullable(),
})
const Chats = z.strictObject({
  chats: z.array(
    z.strictObject({
      chat: z.string().regex(/^(me|(user|chat|channel)\.\d+\.-?\d+)$/),
      id: Id,
      type: z.enum(['self', 'user', 'bot', 'group', 'supergroup', 'channel']),
      title: z.string().nullable(),
      username: z.string().nullable(),
      unread: z.int(),
      is_pinned: z.boolean(),
      is_muted: z.boolean(),
      is_shown: z.boolean(),
      last_message: Message.nullable(),
    }),
  ),
  cursor: z.string().nullable(),
})

/** Through the bytes, as it comes. */
function sent(object: { _: string }): unknown {
  return TlBinaryReader.deserializeObject(
    __tlReaderMap,
    TlBinaryWriter.serializeObject(__tlWriterMap, object),
  )
}
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

it('2,000 random messages of every kind', () => {
  const random = seeded(1)
  const seen = new Set<string>()
  for (let i = 0; i < 2000; i++) {
    const message = sent(randomObject(random, 'Message')) as tl.TypeMessage
    const people = peopleOf({
      users: [sent(randomObject(random, 'User')) as tl.TypeUser],
      chats: [sent(randomObject(random, 'Chat')) as tl.TypeChat],
    })
    const mapped = messageOf(message, people)
    if (mapped) seen.add(Message.parse(json(mapped)).kind)
  }
  expect(seen.size).toBeGreaterThan(10)
})

it('500 random lists of chats', () => {
  const random = seeded(2)
  let chats = 0
  for (let i = 0; i < 500; i++) {
    const list = sent(randomObject(random, 'messages.dialogs')) as tl.messages.RawDialogs
    // An answer names everybody it speaks of; without that hardly any random chat would be one.
    for (const dialog of list.dialogs) {
      if (dialog._ !== 'dialog' || dialog.peer._ !== 'peerUser') continue
      list.users.push({ ...(sent(randomObject(random, 'user')) as tl.RawUser), id: dialog.peer.userId })
    }
    chats += Chats.parse(json(chatsOf(list, 0))).chats.length
  }
  expect(chats).toBeGreaterThan(50)
})

it('500 random users, whose phone is never told', () => {
  const random = seeded(3)
  for (let i = 0; i < 500; i++) {
    const user = sent(randomObject(random, 'User')) as tl.TypeUser
    expect(userOf({ ...user, phone: '447946012345' } as tl.TypeUser).phone ?? '+••••••••••45').toBe(
      '+••••••••••45',
    )
  }
})

it.each(['messageMediaPhoto', 'messageMediaDocument'] as const)(
  'of %s with a timer nothing but the kind is told',
  (name) => {
    const random = seeded(4)
    for (let i = 0; i < 100; i++) {
      const media = { ...randomObject(random, name), ttlSeconds: 10 } as tl.TypeMessageMedia
      const message = { ...randomObject(random, 'message'), message: 'secret', media } as tl.RawMessage
      expect(messageOf(message, peopleOf({ users: [], chats: [] }))).toMatchObject({
        text: '',
        media: null,
        forwarded_from: null,
      })
    }
  },
)
