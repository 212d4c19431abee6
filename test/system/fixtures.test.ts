/** Updates of every kind, our own and recorded ones, and bodies that are none. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { pongs } from '../support/pings.ts'
import { hasRecorded, recordedUpdates } from '../support/recorded.ts'
import { until } from '../support/until.ts'
import { describeSystem, openWorld, type World } from '../support/world.ts'
import { OWN_UPDATES } from '../updates/index.ts'

if (!hasRecorded) console.warn('SKIPPED: recorded updates through the server (no ../shared/fixtures)')

interface Sent {
  source: string
  text: string
}

/** The recorded updates as text, those with equal ids kept apart. */
function recorded(): Sent[] {
  const seen = new Set<unknown>()
  let fresh = 800_000_000
  return recordedUpdates().map(({ source, update }) => {
    const id = seen.has(update['update_id']) ? ++fresh : update['update_id']
    seen.add(id)
    return { source, text: JSON.stringify({ ...update, update_id: id }) }
  })
}

const own = (): Sent[] =>
  OWN_UPDATES.map(({ name, update }) => ({ source: name, text: JSON.stringify(update) }))

const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels)
const JUNK: [what: string, body: string][] = [
  ['nothing', ''],
  ['a word', 'hello'],
  ['null', 'null'],
  ['a number', '7'],
  ['a list', '[{"update_id":1}]'],
  ['no id', '{"message":{"text":"/ping x"}}'],
  ['an id that is text', '{"update_id":"1"}'],
  ['an id with a fraction', '{"update_id":1.5}'],
  ['an id beyond all numbers', '{"update_id":1e400}'],
  ['a truncated update', JSON.stringify(textUpdate('/ping cut', 1)).slice(0, -9)],
  ['200,000 levels of lists', `{"update_id":2,"a":${deep('[', ']', 200_000)}}`],
  ['150,000 levels of objects', `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`],
  ['NULs', '\u0000\u0000{}'],
]
/** Updates by their shape, whose inside is odd. */
const ODD: [what: string, body: string][] = [
  ['only an id', '{"update_id":700000001}'],
  ['an unknown kind', '{"update_id":700000002,"new_kind":{"x":1}}'],
  ['a message that is a list', '{"update_id":700000003,"message":[]}'],
  ['a message without a chat', '{"update_id":700000004,"message":{"text":"/ping x"}}'],
  ['a chat without an id', '{"update_id":700000005,"message":{"chat":{},"text":"/start"}}'],
  [
    'a prototype',
    '{"update_id":700000006,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},' +
      '"message":{"__proto__":{"text":"/ping x"},"chat":{"id":7,"type":"private","__proto__":{"id":8}}}}',
  ],
  ['a lone surrogate', '{"update_id":700000007,"message":{"chat":{"id":9},"text":"\\ud800"}}'],
  ['900 KB', JSON.stringify({ ...textUpdate('x'.repeat(900_000), 10), update_id: 700_000_008 })],
]

describeSystem('what comes under the right secret', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  /** The bot is as well as if nothing had happened. */
  const unharmed = async (tag: string) => {
    await world.drained()
    expect(world.events('update failed')).toEqual([])
    const { code, body } = await world.health()
    expect(code).toBe(200)
    expect(body).toMatchObject({ error_count: 0, inbox: { pending: 0, dead_letters: 0 } })
    await world.deliver(textUpdate(`/ping ${tag}`, 4_000_001))
    await until('the next answer', () => pongs(world.telegram, 4_000_001).includes(tag))
  }

  /** Posts the updates, eight at a time, and expects each to be answered 200. @returns how many calls they led to */
  const postAll = async (updates: Sent[]): Promise<number> => {
    const before = world.telegram.sent.length
    const lanes = Array.from({ length: 8 }, async () => {
      for (let next = updates.shift(); next; next = updates.shift()) {
        const { status } = await world.post(next.text)
        expect(status, `${next.source}: ${next.text.slice(0, 300)}`).toBe(200)
      }
    })
    await Promise.all(lanes)
    await world.drained()
    return world.telegram.sent.length - before
  }

  it('our own updates of every kind are answered 200 and leave no error, nothing pending, no dead letter', async () => {
    const sent = await postAll(own())
    await unharmed('own')
    // A control: the updates did reach the bot.
    expect(sent).toBeGreaterThan(10)
    expect(world.events('malformed update')).toEqual([])
  }, 180_000)

  it.skipIf(!hasRecorded)(
    'recorded updates are answered 200 and leave no error, nothing pending, no dead letter',
    async () => {
      const updates = recorded()
      expect(updates.length).toBeGreaterThanOrEqual(480)
      const sent = await postAll(updates)
      await unharmed('recorded')
      expect(sent).toBeGreaterThan(50)
      expect(world.events('malformed update')).toEqual([])
    },
    180_000,
  )

  it('junk is answered 200, kept as a sample, and the next message is answered', async () => {
    for (const [what, body] of JUNK) {
      expect(await world.post(body), what).toMatchObject({ status: 200 })
    }
    expect(world.events('malformed update')).toHaveLength(JUNK.length)
    const { json } = await world.call('GET', '/status')
    expect(json).toMatchObject({ detail: { malformed: JUNK.length } })
    const kept = await world.store.raw.command('LLEN', `${world.store.prefix}:malformed`)
    expect(Number(kept)).toBe(JUNK.length)
    await unharmed('junk')
  })

  it('odd updates are accepted and do no harm', async () => {
    for (const [what, body] of ODD) {
      expect(await world.post(body), what).toMatchObject({ status: 200 })
    }
    await unharmed('odd')
  })
})
