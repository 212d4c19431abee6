/** What the present code reads out of the golden store: old data must go on meaning the same. */
import * as code from './code.ts'
import { ENDED_SESSION } from './scenario.ts'
import { END_MS, ROTATED_SECRET, SETTINGS } from './settings.ts'

type Store = ReturnType<typeof code.openStore>

/** Asks every reader. @param store loaded with the golden store, its clock at END_MS */
export async function readAll(store: Store): Promise<Record<string, unknown>> {
  const { webhookSecret } = code.readConfig(SETTINGS)
  const letters = await code.listDeadLetters(store, { offset: 0, count: 100 })
  return {
    snapshot: await code.readSnapshot(store),
    judged: code.judge(await code.readSnapshot(store)),
    shards: (await code.readAllShards(store, END_MS, 3600_000)).map((shard) => ({
      ...shard,
      slots: shard.slots.map(({ ack, endToEnd, ...slot }) => ({
        ...slot,
        ack: bucketsOf(ack),
        endToEnd: bucketsOf(endToEnd),
      })),
    })),
    mailboxes: await code.listMailboxes(store, 100),
    deadLetters: letters,
    deadLetterGroups: await code.groupDeadLetters(store),
    audit: await code.readAudit(store),
    sinceCronMs: await code.sinceCron(store),
    isPaused: await code.isPaused(store),
    endedSession: await code.isEnded(store, ENDED_SESSION),
    toldSecrets: {
      present: await code.isToldSecret(store, code.fingerprint(ROTATED_SECRET)),
      previous: await code.isToldSecret(store, code.fingerprint(webhookSecret)),
      unknown: await code.isToldSecret(store, code.fingerprint('no secret of ours')),
    },
  }
}

/** A histogram without its empty buckets. */
function bucketsOf(histogram: readonly number[]): Record<string, number> {
  return Object.fromEntries(histogram.flatMap((count, bucket) => (count > 0 ? [[bucket, count]] : [])))
}
