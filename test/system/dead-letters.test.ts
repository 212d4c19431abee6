/** What the bot gives up on: kept whole, told once, found by its cause, replayed once. */
import { expect, it } from 'vitest'
import { texts } from '../../lib/bot/texts/index.ts'
import { textUpdate, type Update } from '../support/fake-telegram.ts'
import { pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld, type World } from '../support/world.ts'

const ADMINS = [901, 902]
const OPTIONS = { env: { ADMIN_TELEGRAM_IDS: ADMINS.join(',') } }
const NOT_FOUND = { status: 400, description: 'Bad Request: message thread 17 not found' }
const TOO_LONG = { status: 400, description: 'Bad Request: something else is wrong' }

interface Letter {
  update_id: string
  chat_key: string
  fingerprint: string
  attempts: number
  replays: number
  cause: { class: string; code: number; message: string }
  payload: string
  died_at: string
  accepted_at: string
}

async function listed(world: World): Promise<{ total: number; letters: Letter[] }> {
  const { status, json } = await world.call('GET', '/dead-letters')
  expect(status).toBe(200)
  return { total: json['total'] as number, letters: json['dead_letters'] as Letter[] }
}

/** Lets Telegram refuse the answer to a ping, and waits until the bot has given it up. */
async function refuse(world: World, update: Update, chatId: number, refusal = NOT_FOUND): Promise<void> {
  const told = world.telegram.textsIn(chatId).length
  world.telegram.refuse('sendMessage', 1, refusal, chatId)
  await world.deliver(update)
  await until('the sender to be told', () => world.telegram.textsIn(chatId).length > told)
  await world.drained()
}

const act = async (world: World, body: object) => (await world.call('POST', '/dead-letters', { body })).json

describeSystem('a dead letter', () => {
  it.concurrent('is kept whole with its cause, told to its sender and the administrators once', () =>
    inWorld(OPTIONS, async (world) => {
      const odd = { unknown_field: { deep: ['ё', '😀', ' \u0000'] } }
      const from = { id: 21, is_bot: false, first_name: 'Вера', language_code: 'ru' }
      const update = textUpdate('/ping кит 😀', 21, { from, ...odd })
      await refuse(world, update, 21)
      expect(world.telegram.textsIn(21)).toEqual([texts.ru.givenUp])
      const { total, letters } = await listed(world)
      expect(total).toBe(1)
      expect(letters).toEqual([
        expect.objectContaining({
          update_id: String(update.update_id),
          chat_key: '21',
          attempts: 1,
          replays: 0,
          fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
        }),
      ])
      expect(letters[0]?.cause).toMatchObject({ class: 'refused', code: 400 })
      expect(letters[0]?.cause.message).toContain('message thread 17 not found')
      expect(letters[0]?.payload).toBe(JSON.stringify(update))
      expect(Date.parse(letters[0]?.died_at ?? '')).toBeGreaterThanOrEqual(
        Date.parse(letters[0]?.accepted_at ?? ''),
      )
      // Another of the same cause, and one whose sender speaks French: the administrators are not told again.
      const french = { id: 22, is_bot: false, first_name: 'Vera', language_code: 'fr' }
      await refuse(world, textUpdate('/ping two', 22, { from: french }), 22)
      expect(world.telegram.textsIn(22)).toEqual([texts.fr.givenUp])
      await until('the errors to be seen', async () => (await world.health()).body.error_count === 2)
      for (const admin of ADMINS) {
        expect(world.telegram.textsIn(admin)).toEqual([expect.stringContaining('/dead-letters')])
      }
      expect(world.telegram.textsIn(21)).toHaveLength(1)
      expect((await world.health()).body.inbox).toMatchObject({ dead_letters: 2, pending: 0 })
      // The hour over, the next one is told again.
      await world.store.raw.command('HSET', `${world.store.prefix}:alerts`, 'dead:refused', '1')
      await refuse(world, textUpdate('/ping three', 23), 23)
      await until('the second alert', () => ADMINS.every((id) => world.telegram.textsIn(id).length === 2))
      // The mailbox goes on, and the next success clears the counter.
      await world.deliver(textUpdate('/ping next', 21))
      await until('the next answer', () => pongs(world.telegram, 21).includes('next'))
      await until('no error', async () => (await world.health()).body.error_count === 0)
    }))

  it.concurrent('is replayed once under a double click, and discarded once', () =>
    inWorld(OPTIONS, async (world) => {
      const update = textUpdate('/ping again', 31)
      await refuse(world, update, 31)
      const one = { action: 'replay', update_id: update.update_id }
      expect(await act(world, { ...one, dry_run: true })).toMatchObject({
        matched: 1,
        done: 0,
        dry_run: true,
      })
      expect((await listed(world)).total).toBe(1)
      const clicks = await Promise.all(
        Array.from({ length: 8 }, () => world.call('POST', '/dead-letters', { body: one })),
      )
      expect(clicks.every(({ status }) => status === 200 || status === 404)).toBe(true)
      const done = clicks.reduce((sum, { json }) => sum + Number(json['done'] ?? 0), 0)
      expect(done).toBe(1)
      await until('the answer', () => pongs(world.telegram, 31).length > 0)
      await world.drained()
      expect(pongs(world.telegram, 31)).toEqual(['again'])
      expect((await listed(world)).total).toBe(0)
      // Replayed and refused again: the same letter, its replay counted.
      const stubborn = textUpdate('/ping stubborn', 32)
      await refuse(world, stubborn, 32)
      world.telegram.refuse('sendMessage', 1, NOT_FOUND, 32)
      await act(world, { action: 'replay', all: true })
      await until('the letter to be back', async () => (await listed(world)).letters[0]?.replays === 1)
      const [letter] = (await listed(world)).letters
      expect(letter).toMatchObject({ attempts: 1, payload: JSON.stringify(stubborn) })
      const away = { action: 'discard', update_id: String(stubborn.update_id) }
      expect(await act(world, { ...away, dry_run: true })).toMatchObject({ matched: 1, done: 0 })
      const twice = await Promise.all([act(world, away), act(world, away)])
      expect(twice.reduce((sum, json) => sum + Number(json['done'] ?? 0), 0)).toBe(1)
      expect((await listed(world)).total).toBe(0)
      // What Telegram delivers again after all is still a duplicate.
      expect(await world.post(update)).toMatchObject({ status: 200 })
      expect(await world.post(stubborn)).toMatchObject({ status: 200 })
      expect(await world.pending()).toBe(0)
      expect(pongs(world.telegram, 31)).toEqual(['again'])
    }))

  it.concurrent('is one of a group by its cause: replayed together, in order, the others left alone', () =>
    inWorld(OPTIONS, async (world) => {
      const updates = [1, 2, 3].map((n) => textUpdate(`/ping group${n}`, 41))
      for (const [index, update] of updates.entries()) {
        const description = `Bad Request: message thread ${index + 1} not found`
        await refuse(world, update, 41, { status: 400, description })
      }
      await refuse(world, textUpdate('/ping other', 42), 42, TOO_LONG)
      const { letters } = await listed(world)
      const print = letters.find(({ chat_key }) => chat_key === '41')?.fingerprint
      expect(letters.map(({ fingerprint }) => fingerprint === print)).toEqual([false, true, true, true])
      const group = { action: 'replay', fingerprint: print }
      expect(await act(world, { ...group, dry_run: true })).toMatchObject({ matched: 3, done: 0 })
      expect(await act(world, group)).toMatchObject({ matched: 3, done: 3 })
      await until('all answers', () => pongs(world.telegram, 41).length >= 3)
      await world.drained()
      expect(pongs(world.telegram, 41)).toEqual(['group1', 'group2', 'group3'])
      expect(pongs(world.telegram, 42)).toEqual([])
      expect(await act(world, { action: 'discard', all: true, dry_run: true })).toMatchObject({ matched: 1 })
      expect(await act(world, { action: 'discard', all: true })).toMatchObject({ matched: 1, done: 1 })
      expect((await listed(world)).total).toBe(0)
    }))
})
