/** GET /health: one round trip to the store before the answer, maintenance after it. */
import type { Health } from '../contract.ts'
import { ConfigError } from '../errors.ts'
import { reportWithoutConfig } from '../state/report.ts'
import { operatorOf } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { readPlace } from '../config.ts'
import { startInvocation, type Invocation, type Surroundings } from '../invocation.ts'
import { detailOf, readReport } from './report.ts'
import { maintain } from './maintain.ts'

/**
 * Public; with admin auth the answer also has the whole snapshot. 200 when healthy or degraded, else 503.
 * An uptime monitor drives recovery: each request sweeps, probes and checks the webhook, at most once in an interval
 * over all instances.
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
  const { report, snapshot } = await readReport(invocation)
  if (snapshot) invocation.background(maintain(invocation, snapshot))
  log.debug('health checked', { status: report.status, reasons: report.reasons })
  const operator = snapshot && (await operatorOf(request, invocation))
  return answer(operator ? { ...report, detail: detailOf(snapshot) } : report)
}

function answer(report: Health): Response {
  return json(report.status === 'unhealthy' ? 503 : 200, report)
}
