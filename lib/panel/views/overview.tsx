import type { Live } from '../state/live.ts'
import { totalsOf } from '../state/merge.ts'
import { verdictOf } from '../state/verdict.ts'
import { useLanguage } from '../text/language.tsx'
import { Actions } from '../parts/actions.tsx'
import { Chart } from '../parts/chart.tsx'
import { Figures } from '../parts/figures.tsx'
import { Flow } from '../parts/flow.tsx'
import { Latency } from '../parts/latency.tsx'
import { VerdictLine } from '../parts/verdict.tsx'

/** The verdict, the actions and the figures. */
export function Overview({ live }: { live: Live }) {
  const localized = useLanguage()
  const { text, format } = localized
  const { status, health, failure, readAtMs, fullReadAtMs } = live
  const report = status ?? health
  const totals = status && totalsOf(status)
  const verdict = verdictOf(report, failure, totals?.pending ?? report?.inbox?.pending ?? 0, localized)
  return (
    <>
      <h1 class="visually-hidden" tabIndex={-1}>
        {text.views.overview}
      </h1>
      <VerdictLine verdict={verdict} />
      {report && (
        <div class="under-verdict">
          <Actions isPaused={status?.detail?.paused ?? null} onDone={live.refresh} />
          <p class="as-of">{text.overview.asOf(format.clock(readAtMs))}</p>
        </div>
      )}
      {status?.detail && (
        <>
          <Flow status={status} fullReadAtMs={fullReadAtMs} />
          <Chart history={status.detail.history} nowMs={Date.parse(status.timestamp)} />
          <Latency latency={status.detail.latency} />
        </>
      )}
      {report && <Figures report={report} totals={totals} />}
    </>
  )
}
