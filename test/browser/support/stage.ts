/** What most files need: a world, and visits that are closed and checked after each test. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { until } from '../../support/until.ts'
import { openWorld, type World, type WorldOptions } from '../../support/world.ts'
import { logIn, visit, workersBrowser, type Visit, type VisitOptions } from './browser.ts'

export interface Stage {
  world(): World
  /** A visit that is not logged in. */
  visit(options?: VisitOptions): Promise<Visit>
  /** A visit that is. */
  enter(options?: VisitOptions): Promise<Visit>
}

/** One world for a file. After each test no page may have had any trouble. */
export function useStage(options: WorldOptions = {}): Stage {
  let world: World | undefined
  let visits: Visit[] = []
  beforeAll(async () => {
    world = await openWorld({ ...options, isPatient: false })
    // Initialised by nobody's chance: what Telegram says of its webhook is looked at once a minute only.
    await world.call('POST', '/restart')
    await until('the bot to be healthy', async () => (await stage.world().health()).body.status === 'healthy')
  })
  afterEach(async ({ task }) => {
    const closing = visits
    visits = []
    // What a red test looked at says more than the deadline that it missed.
    if (task.result?.state === 'fail') {
      for (const { page } of closing) console.error(task.name, await page.locator('body').innerText())
    }
    await Promise.all(closing.map((one) => one.close()))
    for (const { troubles } of closing) expect(troubles).toEqual([])
  })
  afterAll(async () => {
    await world?.close()
  })
  const stage: Stage = {
    world: () => world ?? missing(),
    async visit(visitOptions) {
      const opened = await visit(await workersBrowser(), stage.world().server().url, visitOptions)
      visits.push(opened)
      return opened
    },
    async enter(visitOptions) {
      const opened = await stage.visit(visitOptions)
      await logIn(opened.page, stage.world().secrets.adminToken)
      return opened
    },
  }
  return stage
}

function missing(): never {
  throw new Error('only inside a test')
}
