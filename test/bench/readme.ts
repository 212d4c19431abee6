/** The part of test/bench/README.md that a run writes: ratios and counts, no times that another machine would not have. */
import { ackRatios, count, times, type Budget } from './budgets.ts'
import type { Name } from './contestants.ts'
import type { Results } from './report.ts'

export interface Environment {
  node: string
  cores: number
  date: string
}

export function figuresOf(results: Results, budgets: readonly Budget[], environment: Environment): string {
  const { cold, killed, throughput, costs, memory, pending } = results
  const { over } = ackRatios(results)
  const coldOver = (name: Name) =>
    times((cold.evergram?.ackMs ?? Number.NaN) / (cold[name]?.ackMs ?? Number.NaN))
  const hurt = (name: Name) => {
    const { lost = Number.NaN, doubled = Number.NaN, updates = Number.NaN } = killed[name] ?? {}
    const share = ((doubled / updates) * 100).toFixed(1)
    return `${lost} lost and ${doubled} doubled of ${count(updates)} (${share} %)`
  }
  const ack = (of: 'one' | 'many', floor: 'floor' | 'bare') =>
    `p50 ${times(over(of, 'p50', floor))} and p99 ${times(over(of, 'p99', floor))}`
  const order = (name: Name) =>
    `${(Math.min(killed[name]?.inOrder ?? 1, throughput[name]?.inOrder ?? 1) * 100).toFixed(1)} %`
  const cost = costs.evergram
  const day = environment.date.slice(0, 10)
  return [
    `One run of \`npm run bench\`, all side by side over the same Redis and the same fake Telegram (Node ${environment.node}, ${environment.cores} cores, ${day}):`,
    '',
    `- Cold ack, from the start of a process to its first 200: ${coldOver('telegraf')} a bare telegraf webhook's, ${coldOver('grammy')} grammY's, ${coldOver('chat')} the Chat SDK's.`,
    `- Warm ack over one bare EVAL by the same client: ${ack('one', 'floor')}; with 32 in flight ${ack('many', 'floor')}. Over a function that does nothing but that EVAL, as a webhook must be one: ${ack('one', 'bare')}; with 32 in flight ${ack('many', 'bare')}.`,
    `- After ${killed.serve?.kills} \`kill -9\` under load: Evergram ${hurt('serve')}, telegraf ${hurt('telegraf')}, grammY ${hurt('grammy')}, the Chat SDK ${hurt('chat')}.`,
    `- Replies in their chat's order: Evergram ${order('serve')}, telegraf ${order('telegraf')}, grammY ${order('grammy')}, the Chat SDK ${order('chat')}.`,
    `- An update takes ${cost?.tripsBefore} round trip to the store before the 200 and ${cost?.tripsAfter} after it, ${cost?.commands} Redis commands in all; ${memory.rememberedBytes} bytes of it are remembered for two days.`,
    `- With ${count(pending.updates)} updates pending in ${count(pending.mailboxes)} chats the ack takes ${times(pending.full.p50 / pending.empty.p50)} as long as with none.`,
    '',
    '| budget | limit | measured | met |',
    '| --- | --- | --- | --- |',
    ...budgets.map(
      ({ what, limit, value, isMet }) => `| ${what} | ${limit} | ${value} | ${isMet ? 'yes' : '**no**'} |`,
    ),
  ].join('\n')
}
