/** GET /health: one round trip before the answer, looking after the bot behind it. */
import type { Health } from '../contract.ts'
import { ConfigError } from '../errors.ts'
import { reportWithoutConfig } from '../state/report.ts'
import { operatorOf } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { readPlace } from '../config.ts'
import { startInvocation, type Invocation, type Surroundings } from '../invocation.ts'
import { detailOf, look } from './look.ts'
import { lookAfter } from './look-after.ts'

/**
 * Public; with admin auth the answer has the whole snapshot too. 200 when healthy or degraded, else 503.
 * Any uptime monitor that asks is the recovery clock: each check sweeps, probes and looks at the webhook, at
 * most once in an interval over all instances.
 */
export async function health(request: Request, around: Surroundings): Promise<Response> {
  let invocation: Invocation
  try {
    invocation = startInvocation(around)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return answer(reportWithoutConfig(readPlace(around.env), error.problems))
  }
  const { log } = invocation
  const { report, snapshot } = await look(invocation)
  if (snapshot) invocation.background(lookAfter(invocation, snapshot))
  log.debug('health checked', { status: report.status, reasons: report.reasons })
  const operator = snapshot && (await operatorOf(request, invocation))
  return answer(operator ? { ...report, detail: detailOf(snapshot) } : report)
}

function answer(report: Health): Response {
  return json(report.status === 'unhealthy' ? 503 : 200, report)
}
