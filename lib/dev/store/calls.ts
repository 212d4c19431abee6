/** Which operation a call of the store is: its script is known by a word that only it can answer. */

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
  look: "{'look'",
  storeView: "ARGV[i] == 'NOW'",
  alert: "'tell'",
  audit: "== 'login_refused'",
  noteCron: "'cron_at', ms(clock",
  isPaused: "'paused' or 'running'",
  noteUnhealthy: "'noted'",
} as const

export type Operation = keyof typeof WORDS

/** True when a REST body is a call of this operation; with `word`, only where a key or argument ends with it. */
export function isCallOf(body: string, operation: Operation, word?: string): boolean {
  const [command, script, ...rest] = JSON.parse(body) as [unknown, unknown, ...unknown[]]
  if (String(command).toUpperCase() !== 'EVAL' || !String(script).includes(WORDS[operation])) return false
  return word === undefined || rest.some((argument) => String(argument).endsWith(word))
}

/** Which operation a REST body is a call of; null for another call, or one that no test hits by name. */
export function operationOf(body: string): Operation | null {
  const operations = Object.keys(WORDS) as Operation[]
  return operations.find((operation) => isCallOf(body, operation)) ?? null
}
