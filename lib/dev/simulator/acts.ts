/** What people do on the page or from the terminal, done in the emulator as their Telegram would. */
import { press, sendContent, sendFile, sendText } from '../telegram/actions.ts'
import { setBlocked, setMember } from '../telegram/membership.ts'
import { react } from '../telegram/reactions.ts'
import type { Message, User } from '../telegram/types.ts'
import type { World } from '../telegram/world.ts'
import { webmToOgg } from './webm-to-ogg.ts'
import type { Act, Done } from './wire.ts'

/** @throws Error with a sentence on what a client could not do */
export function carryOut(world: World, act: Act): Done {
  const user = world.users.get(act.user)
  if (user === undefined) throw new Error(`there is no user ${act.user}`)
  const updateId = perform(world, user, act)
  const update = world.updates.findLast(({ update_id }) => update_id === updateId)
  const message = (update?.message ?? update?.edited_message) as Message | undefined
  return { update_id: updateId, message_id: message?.message_id ?? null }
}

function perform(world: World, user: User, act: Act): number {
  const { chat = user.id, thread, replyTo } = act
  const place = { chat, thread, replyTo }
  switch (act.kind) {
    case 'text':
      return sendText(world, user, act.text, place)
    case 'edit':
      return sendText(world, user, act.text, { chat, edit: act.message })
    case 'press':
      return press(world, user, act.message, act.data, { chat, force: act.force })
    case 'document':
    case 'photo':
    case 'voice': {
      const { base64, ...given } = act
      const bytes = Buffer.from(base64, 'base64')
      const isWebm = act.kind === 'voice' && /^(audio|video)\/webm\b/.test(act.mimeType ?? '')
      const file = isWebm ? { ...given, ...webmToOgg(bytes), mimeType: 'audio/ogg' } : { ...given, bytes }
      return sendFile(world, act.kind, user, file, { ...act, ...place })
    }
    case 'react':
      return react(world, user, act.message, act.emoji, chat)
    case 'contact': {
      const contact = { phone_number: '+15550100', first_name: user.first_name, user_id: user.id }
      return sendContent(world, user, { contact }, place)
    }
    case 'location':
      return sendContent(world, user, { location: { latitude: 48.8566, longitude: 2.3522 } }, place)
    case 'join':
    case 'leave':
      return setMember(world, user, chat, act.kind === 'join')
    case 'block':
    case 'unblock':
      return setBlocked(world, user, act.kind === 'block')
    default:
      throw new Error(`there is no act "${(act satisfies never as { kind: string }).kind}"`)
  }
}
