import type { Logger } from '../log.ts'

/** Does what may fail without harm to the update: a failure is a line in the log. Never rejects. */
export async function quietly(log: Logger, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    log.warn(`${what} failed`, { error })
  }
}
