/** Which operation a call of the store is: its script is known by a word that only it can answer. */
import type { StoreCall } from './fault-front.ts'

const WORDS = {
  accept: "'duplicate'",
  take: "answer('waiting'",
  settle: "'widen'",
  fail: "'parked'",
  renew: "'renewed'",
  sweep: "'swept'",
  snapshot: "'snapshot'",
  claim: "'claimed'",
  keep: "'PEXPIRE', KEYS[1], ARGV[2]",
  finish: "'finished'",
  reset: "'reset'",
  list: "'listed'",
  replay: "'replayed'",
  discard: "'discarded'",
  recordSecret: "'recorded'",
  storeView: "ARGV[i] == 'NOW'",
  alert: "'tell'",
} as const

export type Operation = keyof typeof WORDS

/** True when a call is this operation; with `word`, only where one of its keys or arguments ends with it. */
export function isCall({ body }: StoreCall, operation: Operation, word?: string): boolean {
  const [command, script, ...rest] = JSON.parse(body) as [string, string, ...unknown[]]
  if (command.toUpperCase() !== 'EVAL' || !script.includes(WORDS[operation])) return false
  return word === undefined || rest.some((argument) => String(argument).endsWith(word))
}
