/** The verdict: the reasons of the report as sentences, worst first. */
import type { Failure } from '../http/client.ts'
import type { Health, Status } from '../../contract.ts'
import type { Facts, Texts } from '../text/en.ts'
import type { Format } from '../text/format.ts'
import { failureText } from './failure-text.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'quiet'

export interface Verdict {
  tone: Tone
  /** One line: what is wrong. */
  what: string
  /** The consequence and the remedy. */
  remedy: string
  /** The other reasons. */
  also: string[]
}

type Report = Health | Status

interface Localized {
  text: Texts
  format: Format
}

/** @param pending the freshest count, which may be newer than the report's */
export function verdictOf(
  report: Report | null,
  failure: Failure | null,
  pending: number,
  localized: Localized,
): Verdict {
  const { text } = localized
  if (!report) {
    const [what = '', remedy = ''] = failure ? text.verdict.unreachable : [text.loading]
    return { tone: failure ? 'bad' : 'quiet', what, remedy, also: [] }
  }
  const { tone, what, remedy, also } = judged(report, pending, localized)
  // /status failed although /health answered: the report is incomplete, so the tone is not 'good'.
  const gap = failure ? [text.actions.failed(text.views.overview, failureText(failure, text))] : []
  return { tone: failure && tone === 'good' ? 'warn' : tone, what, remedy, also: [...also, ...gap] }
}

function judged(report: Report, pending: number, { text, format }: Localized): Verdict {
  const facts = factsOf(report, format)
  const [worst, ...others] = report.reasons.map((reason) => sentenceOf(reason, facts, text))
  if (worst) {
    const [what = '', remedy = ''] = worst
    const tone = report.status === 'unhealthy' ? 'bad' : 'warn'
    return { tone, what, remedy, also: others.map(([sentence = '']) => sentence) }
  }
  const deadLetters = report.inbox?.dead_letters ?? 0
  // Dead letters do not make the bot unhealthy, but some updates have no answer: do not write "All is well".
  const [what = '', remedy = ''] =
    pending > 0
      ? text.verdict.working(pending)
      : deadLetters > 0
        ? text.verdict.givenUp(deadLetters)
        : text.verdict.healthy
  return { tone: 'good', what, remedy, also: [] }
}

function sentenceOf(reason: string, facts: Facts, { verdict }: Texts): string[] {
  switch (reason) {
    case 'token_revoked':
    case 'bot_failed':
    case 'webhook_elsewhere':
    case 'oldest_pending_too_old':
    case 'sweep_overdue':
    case 'bot_reinitializing':
    case 'bot_not_initialized':
    case 'processing_paused':
    case 'telegram_check_failed':
    case 'telegram_cannot_deliver':
    case 'store_unreachable':
    case 'configuration_faulty':
      return verdict[reason](facts)
    case 'oldest_pending_far_too_old':
      return verdict.oldest_pending_too_old(facts)
    default:
      return verdict.other(reason)
  }
}

function factsOf(report: Report, format: Format): Facts {
  return {
    variables: report.faulty_variables ?? [],
    oldest: format.seconds(report.inbox?.oldest_pending_s ?? 0),
    webhookUrl: report.detail?.webhook.url || null,
    telegramError: report.telegram?.last_error ?? null,
    telegramPending: report.telegram?.pending_update_count ?? 0,
    storeError: report.store.error ?? null,
    isTelegramAway: report.detail?.breaker === 'telegram',
  }
}
