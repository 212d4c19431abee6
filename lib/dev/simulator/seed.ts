import type { TelegramEmulator } from '../telegram/emulator.ts'
import { addTopic } from '../telegram/forum.ts'

/** Some people and chats to begin with: three languages, a group, and a supergroup with topics. */
export function seedPeople(telegram: TelegramEmulator): void {
  const ada = telegram.user({ first_name: 'Ada', last_name: 'Byron', username: 'ada_b', language_code: 'en' })
  const boris = telegram.user({ first_name: 'Борис', username: 'boris_k', language_code: 'ru' })
  const chloe = telegram.user({ first_name: 'Chloé', username: 'chloe_d', language_code: 'fr' })
  telegram.group({ title: 'Book club', members: [ada, boris] })
  const forum = telegram.group({ title: 'Observatory', members: [ada, boris, chloe], forum: true })
  for (const name of ['Telescopes', 'Tonight’s sky']) addTopic(telegram.world, ada, forum.id, name)
  // The bot comes later: what was before it is no news to it.
  telegram.world.queue.clear()
}
