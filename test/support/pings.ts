/** Updates that are identified by their answers: `/ping <tag>` is answered with `pong <tag>`. */
import type { FakeTelegram, Update } from './fake-telegram.ts'
import { textUpdate } from './fake-telegram.ts'
import { USERS_WORD } from './leaks.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/** `count` pings of a chat, tagged `<prefix><chat>-<number>`; after the tag they have a word that no log may repeat. */
export function pings(chatId: number, count: number, prefix = 'p'): Update[] {
  return Array.from({ length: count }, (_, index) =>
    textUpdate(`/ping ${tagOf(chatId, index, prefix)} ${USERS_WORD}`, chatId),
  )
}

/** The tags that `pings` gives, in order. */
export function tags(chatId: number, count: number, prefix = 'p'): string[] {
  return Array.from({ length: count }, (_, index) => tagOf(chatId, index, prefix))
}

function tagOf(chatId: number, index: number, prefix: string): string {
  return `${prefix}${chatId}-${index}`
}

/** The tags that were answered in a chat, in order. */
export function pongs(telegram: FakeTelegram, chatId: number): string[] {
  return telegram.textsIn(chatId).flatMap((text) => /^pong (\S+)/.exec(text)?.[1] ?? [])
}

/** Waits until everything is imported and initialised: the bot has answered in chat 9. */
export async function warmUp(world: Pick<World, 'telegram' | 'deliver' | 'drained'>): Promise<void> {
  await world.deliver(textUpdate('/ping warm', 9))
  await until('the bot to be warm', () => pongs(world.telegram, 9).length > 0)
  await world.drained()
}

/** Holds each message to Telegram until so many were sent: none is tried again before the last of them has failed. */
export function sendTogether(telegram: FakeTelegram, count: number): void {
  let asked = 0
  telegram.watch(async (moment, { method }) => {
    if (moment !== 'received' || method !== 'sendMessage') return
    asked++
    await until(`all ${count} to be asked for`, () => asked >= count)
  })
}
