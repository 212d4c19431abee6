/** How failed actions of operators are logged and written to the audit log. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startInvocation } from '../../lib/invocation.ts'
import { audited } from '../../lib/endpoints/audited.ts'
import { HttpError, StoreError } from '../../lib/errors.ts'
import { methods } from '../../lib/http/route.ts'
import { ADMIN, openPanel, ORIGIN, type Panel } from '../support/panel.ts'
import { describeEngines } from '../support/store.ts'
import { loadBot } from '../support/load-bot.ts'

describeEngines('an action that fails', (engine) => {
  let panel: Panel
  beforeEach(async () => {
    panel = await openPanel(engine)
  })
  afterEach(() => panel.close())

  /** Restarts with a restart that throws. @returns the answer's status */
  const restart = async (thrown: Error): Promise<number> => {
    const write = (line: string) => void panel.lines.push(JSON.parse(line) as Record<string, unknown>)
    const around = { env: panel.env, write, bot: loadBot, waitUntil: () => {} }
    const handler = () => {
      const operator = { actor: 'admin token', session: null } as const
      return audited(startInvocation(around), operator, { action: 'restart' }, () => Promise.reject(thrown))
    }
    const { POST } = methods({ POST: handler }, () => around)
    return (await POST(new Request(`${ORIGIN}/restart`, { method: 'POST' }))).status
  }

  it('is logged once with its error, and written to the audit log by a code', async () => {
    expect(await restart(new TypeError(`x of ${ADMIN}`))).toBe(500)
    expect(panel.lines).toMatchObject([
      {
        level: 'error',
        event: 'operator acted',
        action: 'restart',
        result: 'internal_error',
        error: { name: 'TypeError', message: 'x of [secret]', stack: expect.any(String) as string },
      },
    ])
    expect(await panel.audit()).toEqual([['restart', 'internal_error']])
  })

  it('is logged with the store’s error too', async () => {
    expect(await restart(new StoreError('timeout'))).toBe(503)
    expect(panel.lines).toMatchObject([
      { level: 'error', result: 'store_unavailable', error: { code: 'timeout' } },
    ])
  })

  it('with an HttpError is not logged as an error', async () => {
    expect(await restart(new HttpError(404, 'gone', 'It is gone'))).toBe(404)
    expect(panel.lines).toMatchObject([{ level: 'info', event: 'operator acted', result: 'gone' }])
    expect(panel.lines[0]).not.toHaveProperty('error')
  })
})
