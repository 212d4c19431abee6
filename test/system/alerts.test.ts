/** What administrators are told of unasked: once per cause and hour. That of dead letters is in dead-letters.test.ts. */
import { expect, it } from 'vitest'
import { longUnhealthy, takenOver } from '../support/bot-times.ts'
import { pings, pongs, sendTogether, tags } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld, type World } from '../support/world.ts'

const ADMINS = [901, 902]
const OPTIONS = { isPublic: true, env: { ADMIN_TELEGRAM_IDS: ADMINS.join(',') } }

/** What each administrator was told. @throws where they were told differently */
function told({ telegram }: World): string[] {
  const [first = [], ...others] = ADMINS.map((id) => telegram.textsIn(id))
  for (const other of others) expect(other).toEqual(first)
  return first
}

/** Lets an hour pass for a cause. */
const hourPasses = ({ store }: World, cause: string) =>
  store.raw.command('HSET', `${store.prefix}:alerts`, cause, '1')

describeSystem('the administrators', () => {
  it.concurrent('hear that the bot has re-initialised itself', () =>
    inWorld(OPTIONS, async (world) => {
      let nextChat = 51
      /** More than the threshold of ten, none of them answered before the last has failed. */
      const failOften = async () => {
        const before = world.events('bot reinitialized').length
        const chats = Array.from({ length: 12 }, () => nextChat++)
        for (const chat of chats) {
          world.telegram.refuse('sendMessage', 1, { status: 500, description: 'Internal Server Error' }, chat)
        }
        sendTogether(world.telegram, chats.length)
        await Promise.all(chats.flatMap((chat) => pings(chat, 1).map((update) => world.deliver(update))))
        await world.drained()
        for (const chat of chats) expect(pongs(world.telegram, chat)).toEqual(tags(chat, 1))
        await until('the bot to be healed', () => world.events('bot reinitialized').length > before)
      }
      await world.deliver(pings(9, 1)[0]!)
      await world.drained()
      await failOften()
      await until('the alert', () => world.events('administrators alerted').length === 1)
      await until('both', () => ADMINS.every((id) => world.telegram.textsIn(id).length === 1))
      expect(told(world)).toEqual(['The bot has re-initialised itself (threshold).'])
      await failOften()
      expect(told(world)).toHaveLength(1)
      await hourPasses(world, 'reinitialized')
      await failOften()
      await until('both', () => ADMINS.every((id) => world.telegram.textsIn(id).length === 2))
    }))

  it.concurrent('hear that it stays unhealthy, not that it was so for a moment', () =>
    inWorld(OPTIONS, async (world) => {
      const { prefix, raw } = world.store
      const checkTwice = async () => {
        for (let i = 0; i < 2; i++) expect(await world.health()).toMatchObject({ code: 503 })
      }
      await takenOver(world)
      await checkTwice()
      await until('the note', async () => {
        return (await raw.command('HEXISTS', `${prefix}:alerts`, 'unhealthy_since')) === 1
      })
      expect(told(world)).toEqual([])
      await longUnhealthy(world)
      await checkTwice()
      await until('both', () => ADMINS.every((id) => world.telegram.textsIn(id).length === 1))
      expect(told(world)).toEqual(['The bot stays unhealthy: webhook_elsewhere. See /status.'])
      await hourPasses(world, 'unhealthy:webhook_elsewhere')
      await checkTwice()
      await until('both', () => ADMINS.every((id) => world.telegram.textsIn(id).length === 2))
      expect(world.events('administrators alerted')).toHaveLength(2)
    }))
})
