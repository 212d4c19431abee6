/** Compares the stored data with the model: records, envelopes, index, dead letters and counters. */
import assert from 'node:assert/strict'
import { RespError, type RespReply } from '../../lib/dev/store/resp.ts'
import { shardOf } from '../../lib/redis.ts'
import type { Inbox } from './inbox.ts'
import type { InboxModel } from './inbox-model.ts'

export interface Stored {
  /** Chat -> the update ids that are pending, the head first. */
  pending: Map<string, string[]>
  /** Chat -> its score in the index; 0 where it is missing. */
  scores: Map<string, number>
}

/** The history of the clock. */
export interface Past {
  /** The latest time that it showed. */
  latestMs: number
  /** True from the first time that it went back: the index may be late then. */
  isSkewed: boolean
}

/** Compares all stored data with the model. @throws AssertionError with the difference */
export async function compareStored(
  inbox: Inbox,
  model: InboxModel,
  chats: readonly string[],
  past: Past,
): Promise<Stored> {
  const { keys, shardKey, dueKey } = inbox
  const shards = [...new Set(chats.map(shardOf))]
  const replies = await inbox.test.raw.pipeline([
    ...chats.flatMap((chat) => [
      ['HMGET', shardKey(chat), `m:${chat}`, `h:${chat}`],
      ['LRANGE', keys.backlog(chat), '0', '-1'],
      ['ZSCORE', dueKey(chat), chat],
    ]),
    ['HGETALL', keys.dead],
    ['ZRANGE', keys.deadAt, '0', '-1'],
    ...shards.map((shard) => ['HMGET', keys.shard(shard), 'pending', 'accepted', 'settled']),
  ])
  const failed = replies.find((reply) => reply instanceof RespError)
  if (failed instanceof RespError) throw new Error(failed.message)
  const stored: Stored = { pending: new Map(), scores: new Map() }
  chats.forEach((chat, index) => {
    const [fields, backlog, score] = replies.slice(index * 3, index * 3 + 3)
    const [record = '', head = ''] = words(fields)
    const envelopes = [head, ...words(backlog)].filter((text) => text !== '')
    stored.pending.set(
      chat,
      envelopes.map((text) => text.split(' ')[1] ?? ''),
    )
    stored.scores.set(chat, Number(score ?? 0))
    compareMailbox(model, chat, { record, envelopes, score: score === null ? null : Number(score) }, past)
  })
  const [letters, ids, ...counters] = replies.slice(chats.length * 3)
  compareLetters(model, words(letters), words(ids))
  const [pending = 0, accepted = 0, settled = 0] = [0, 1, 2].map((at) =>
    counters.reduce((sum: number, reply) => sum + Number(words(reply)[at]), 0),
  )
  const queued = [...model.boxes.values()].reduce((sum, { queue }) => sum + queue.length, 0)
  const expected = { pending: queued, accepted: model.accepted, settled: model.settled }
  assert.deepEqual({ pending, accepted, settled }, expected)
  const ended = settled + model.dead.size + model.discarded
  assert.equal(accepted, ended + pending, 'I1: accepted = settled + pending + dead')
  return stored
}

interface StoredMailbox {
  record: string
  envelopes: string[]
  score: number | null
}

function compareMailbox(model: InboxModel, chat: string, stored: StoredMailbox, past: Past): void {
  const { record, envelopes, score } = stored
  const box = model.boxes.get(chat)
  assert.deepEqual(envelopes, box ? model.envelopes(box) : [], `I2: what is pending in ${chat}`)
  const [head] = box?.queue ?? []
  if (record !== '') {
    const [fence, owner, until, attempt, wait, backlog, , first, done] = record.split(' ')
    assert.deepEqual(
      { fence, owner, until, attempt, wait, backlog, first, done },
      {
        fence: String(box?.fence),
        owner: box?.owner ?? '-',
        until: String(box?.untilMs),
        attempt: String(box?.attempt),
        wait: String(box?.waitMs),
        backlog: String(Math.max(envelopes.length - 1, 0)),
        first: head?.id ?? '-',
        done: box?.done,
      },
      `the record of ${chat}`,
    )
  } else assert.deepEqual([box?.fence ?? 0, envelopes], [0, []], `the record of ${chat} is not there`)
  if (!box || !head) {
    assert.ok(score === null || score < 0, `${chat} is empty, yet due at ${score}`)
    return
  }
  const latest = Math.max(past.latestMs, box.untilMs, box.waitMs)
  assert.ok(score !== null && score > 0 && score <= latest, `I5: ${chat} is due at ${score}, after ${latest}`)
  if (!past.isSkewed && box.owner !== null) assert.equal(score, box.untilMs, `the index of ${chat}`)
}

function compareLetters(model: InboxModel, fields: string[], ids: string[]): void {
  const letters = Object.fromEntries(
    fields.flatMap((id, at) => (at % 2 === 0 && !id.startsWith('#') ? [[id, fields[at + 1]]] : [])),
  )
  const expected = Object.fromEntries([...model.dead].map(([id, { text }]) => [id, text]))
  assert.deepEqual(letters, expected, 'I1: the dead letters')
  assert.deepEqual(ids.toSorted(), Object.keys(expected).toSorted(), 'I1: the dead letters by their time')
}

function words(reply: RespReply | undefined): string[] {
  return (reply as (Buffer | null)[]).map((word) => word?.toString() ?? '')
}
