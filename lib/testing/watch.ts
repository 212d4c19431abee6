/** The features of a test's bot, watched: what they throw is kept, and an update can be run again. */
import { feature, type Feature } from '../kit/index.ts'

export interface Watch {
  /** What comes before the features under test. */
  feature: Feature
  /** What handlers have thrown, in order; an Error of `runsAgain` is not among it. */
  thrown: unknown[]
  /** Lets the next update's handlers end, and then fail once: the update is run again. */
  runsAgain(): void
}

export function createWatch(): Watch {
  const thrown: unknown[] = []
  let isArmed = false
  const watched = feature({
    name: 'watched by its test',
    register(bot) {
      bot.use(async (_ctx, next) => {
        try {
          await next()
        } catch (error) {
          thrown.push(error)
          throw error
        }
        if (!isArmed) return
        isArmed = false
        throw new Error('the test lets this update be run again')
      })
    },
  })
  return {
    feature: watched,
    thrown,
    runsAgain() {
      isArmed = true
    },
  }
}
