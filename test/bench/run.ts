/** One run of the benchmark, from the first process to the last line. */
import { loadavg } from 'node:os'
import { build } from './build.ts'
import { contestants, type Contestants, type Name } from './contestants.ts'
import { closeConnections } from './delivery.ts'
import { measureAccount } from './measure/account.ts'
import { measureCold } from './measure/cold.ts'
import { measureCost, type Cost } from './measure/commands.ts'
import { measureKills, type Killed } from './measure/kills.ts'
import { measureMemory } from './measure/memory.ts'
import { measurePending } from './measure/pending.ts'
import { measureRecovery } from './measure/recovery.ts'
import { measureThroughput } from './measure/throughput.ts'
import { measureWarm } from './measure/warm.ts'
import type { Running } from './processes.ts'
import { report, type Results } from './report.ts'
import { startRedis, type Redis } from './stage.ts'
import { startTelegram } from './telegram.ts'

const FULL = {
  processes: 11,
  warm: { rounds: 350, bursts: 25 },
  costs: 40,
  throughput: { rounds: 3, updates: 500 },
  kills: 20,
  recoveries: 3,
  memory: 20_000,
  pending: { updates: 100_000, samples: 300 },
  account: 50,
}
const QUICK: typeof FULL = {
  processes: 3,
  warm: { rounds: 25, bursts: 3 },
  costs: 5,
  throughput: { rounds: 1, updates: 100 },
  kills: 2,
  recoveries: 1,
  memory: 5000,
  pending: { updates: 10_000, samples: 25 },
  account: 10,
}
/** Whatever hangs, a run ends. */
const DEADLINE_MS = 15 * 60_000

const PEERS = ['telegraf', 'grammy', 'chat'] as const

/** @returns the exit code: 0 also where a budget is missed, since the machine has its part in that */
export async function run({ isQuick }: { isQuick: boolean }): Promise<number> {
  const plan = isQuick ? QUICK : FULL
  const watchdog = setTimeout(() => {
    process.stderr.write('The benchmark takes too long: given up\n')
    process.exit(1)
  }, DEADLINE_MS)
  const built = await build()
  const telegram = await startTelegram()
  const redis = await startRedis()
  const started = performance.now()
  try {
    const all = contestants(telegram, redis, built)
    const loadBefore = loadavg()[0] ?? 0
    const commands = Object.fromEntries(Object.values(all).map(({ name, command }) => [name, command]))
    const results: Results = {
      isQuick,
      loadBefore,
      commands: commands as Results['commands'],
      ...(await measureSpeed(all, redis, plan)),
      ...(await measureDurability(all, plan)),
      ...(await measureStore(all, plan)),
      account: await measureAccount(plan.processes, plan.account),
      seconds: 0,
    }
    results.seconds = Math.round((performance.now() - started) / 1000)
    report(results)
    return 0
  } finally {
    closeConnections()
    await redis.close()
    await telegram.close()
    clearTimeout(watchdog)
  }
}

async function measureSpeed(all: Contestants, redis: Redis, plan: typeof FULL) {
  progress('cold ack')
  const cold = await measureCold([all.evergram, all.telegraf, all.grammy, all.chat], plan.processes)
  const names: Name[] = ['bare', 'evergram', 'serve', ...PEERS]
  const servers = await Promise.all(
    names.map(async (name) => ({ contestant: all[name], running: await all[name].start() })),
  )
  try {
    progress('warm ack')
    const warm = await measureWarm(servers, redis.frontUrl, plan.warm)
    const costs: Partial<Record<Name, Cost>> = {}
    const bots = servers.filter(({ contestant }) => contestant.name !== 'bare')
    progress('commands')
    for (const { contestant, running } of bots) {
      costs[contestant.name] = await measureCost(contestant, running, redis.port, plan.costs)
    }
    progress('throughput')
    const { throughput, keptBytes } = await measureThroughput(bots, redis.client, plan.throughput)
    const chatRememberedBytes = keptBytes.chat ?? Number.NaN
    return { cold, warm, costs, throughput, chatRememberedBytes }
  } finally {
    await Promise.all(servers.map(({ running }: { running: Running }) => running.kill()))
  }
}

async function measureDurability(all: Contestants, plan: typeof FULL) {
  const names = ['serve', ...PEERS] as const
  const killed: Partial<Record<Name, Killed>> = {}
  const recovery: Partial<Record<Name, (number | null)[]>> = {}
  const kill = async (name: (typeof names)[number]) => {
    killed[name] = await measureKills(all[name], plan.kills)
  }
  const recover = async (name: (typeof names)[number]) => {
    const prefixes = Array.from(
      { length: name === 'serve' ? plan.recoveries : 1 },
      (_, i) => `bench-again-${i}`,
    )
    recovery[name] = await Promise.all(prefixes.map((prefix) => measureRecovery(all[name], prefix)))
  }
  // One after the other: how long a message is sent and not yet confirmed, in which a kill doubles it, grows with
  // whatever else the machine does.
  for (const name of names) {
    progress(`${plan.kills} kills, ${name}`)
    await kill(name)
  }
  progress('recovery')
  await Promise.all(names.map(recover))
  return { killed, recovery }
}

async function measureStore(all: Contestants, plan: typeof FULL) {
  progress('memory')
  const memory = await measureMemory(plan.memory)
  progress(`${plan.pending.updates} updates pending`)
  const redis = await startRedis()
  try {
    return { memory, pending: await measurePending(all.evergram, redis, plan.pending) }
  } finally {
    await redis.close()
  }
}

function progress(what: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what} …\n`)
}
