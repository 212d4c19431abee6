/** The mutants of the worker's room. */
import { mutants, type Mutant } from './mutant.ts'

const SIMULATION = ['test/simulation/simulation.test.ts']
const DRAIN = ['test/worker/drain.test.ts']

export const WORKER: readonly Mutant[] = [
  // The drain has tests of its own; for these it is the simulation that must see.
  ...mutants('lib/worker/hold.ts', SIMULATION, [
    [
      'a worker whose lease is over sends',
      `if (aborter.signal.aborted || clock.monotonicMs() >= heldUntil) throw new LeaseLost()`,
      ``,
    ],
    ['leases are not renewed', `stop: every(leaseMs / 3, renew)`, `stop: async () => {}`],
    ['leases are thought to be whole', `askedMs + (leaseMs * 2) / 3`, `askedMs + leaseMs`, DRAIN],
    [
      'a lease counts from its use',
      `askedMs + (leaseMs * 2) / 3`,
      `clock.monotonicMs() + (leaseMs * 2) / 3`,
      DRAIN,
    ],
    [
      'a renewal counts from its answer',
      `heldUntil = asked + leaseMs`,
      `heldUntil = clock.monotonicMs() + leaseMs`,
      DRAIN,
    ],
  ]),

  ...mutants('lib/worker/run.ts', SIMULATION, [
    [
      'an update that kills its worker is tried for ever',
      `if (lease.attempt > deps.maxAttempts * CRASHES_PER_ATTEMPT) {`,
      `if (lease.attempt < 0) {`,
    ],
    ['a failure is a success', `return { cause: signal.aborted ? new LeaseLost() : cause }`, `return null`],
  ]),

  ...mutants('lib/worker/head.ts', SIMULATION, [
    ['a retry is left to the sweep', `return failed.left ? { waitMs: failed.waitMs } : STOP`, `return STOP`],
  ]),

  ...mutants('lib/worker/settle-with.ts', DRAIN, [
    ['the next head is left alone', `if (settled.next) {`, `if (false) {`, SIMULATION],
    [
      'a settlement’s lease counts from its answer',
      `bot: settled.bot, askedMs }`,
      `bot: settled.bot, askedMs: nowMs }`,
    ],
  ]),

  ...mutants('lib/worker/drain.ts', DRAIN, [
    [
      'a take’s lease counts from its answer',
      `return { lease: taken.lease, bot: taken.bot, askedMs }`,
      `return { lease: taken.lease, bot: taken.bot, askedMs: clock.monotonicMs() }`,
    ],
  ]),

  ...mutants(
    'lib/worker/follow.ts',
    ['test/worker/follow.test.ts'],
    [
      ['an expired mailbox is left alone', `if (expired) await deps.takeAndDrain(expired)`, ``],
      [
        'what waited for the bot goes on waiting',
        `if (deps.hasInitialised()) await deps.sweep(0)\n  else `,
        ``,
      ],
      ['a broken bot is not probed', `else if (isBroken(bot)) await deps.probe()`, ``],
    ],
  ),
]
