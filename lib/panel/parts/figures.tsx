import type { Health, Status } from '../../answers.ts'
import type { Totals } from '../state/merge.ts'
import type { Tone } from '../state/verdict.ts'
import { useSpeech } from '../text/language.tsx'
import { Ledger, type Row } from './ledger.tsx'
import { When } from './when.tsx'

interface FiguresProps {
  report: Health | Status
  totals: Totals | null
}

const STATUS_TONES: Record<string, Tone> = { OK: 'good', FAILED: 'bad', UNAUTHORIZED: 'bad' }

/** Everything that is known, part by part. What cannot be known at the moment is left out. */
export function Figures({ report, totals }: FiguresProps) {
  const { text, format } = useSpeech()
  const words = text.overview
  const { detail, telegram, store, inbox } = report
  const full = detail && 'shards' in detail ? detail : null
  // A shard tells the bot's condition sooner than the last full look.
  const bot = full?.shards[0]?.bot
  const status = report.bot_status
  const breaker = detail?.breaker
  const yesNo = (is: boolean | null) => (is === null ? text.unknown : is ? text.yes : text.no)

  const botRows: Row[] = [
    {
      name: words.status,
      value: pick(words.statuses, status) ?? status,
      tone: STATUS_TONES[status] ?? 'warn',
    },
    { name: words.errorCount, value: format.number(bot?.errors ?? report.error_count) },
  ]
  if (detail) {
    botRows.push(
      { name: words.epoch, value: String(detail.epoch) },
      { name: words.reinitialized, value: <When at={detail.last_reinitialized_at} /> },
      {
        name: words.breaker,
        value: breaker
          ? `${pick(words.breakers, breaker) ?? breaker}${detail.breaker_until ? `, ${words.until(format.clock(detail.breaker_until))}` : ''}`
          : words.closed,
        ...(breaker && { tone: 'warn' as const }),
      },
    )
  }
  if (inbox)
    botRows.push({ name: words.lastSweep, value: <When at={totals?.lastSweepAt ?? inbox.last_sweep_at} /> })
  if (detail && detail.malformed > 0) {
    botRows.push({ name: words.malformed, value: format.number(detail.malformed) })
  }

  const telegramRows: Row[] = telegram
    ? [
        {
          name: words.isOurs,
          value: yesNo(telegram.webhook_url_matches),
          tone: telegram.webhook_url_matches === false ? 'bad' : undefined,
        },
        { name: words.waiting, value: format.number(telegram.pending_update_count) },
        { name: words.checked, value: <When at={telegram.checked_at} /> },
        ...(detail ? [{ name: words.webhook, value: detail.webhook.url || text.none, isLong: true }] : []),
        {
          name: words.lastError,
          value: telegram.last_error ? (
            <>
              {telegram.last_error}
              {detail?.webhook.last_error_at && (
                <>
                  {' ('}
                  <When at={detail.webhook.last_error_at} />
                  {')'}
                </>
              )}
            </>
          ) : (
            text.none
          ),
          isLong: Boolean(telegram.last_error),
        },
      ]
    : []

  const size = full?.store
  const storeRows: Row[] = [
    {
      name: words.status,
      value: store.ok ? words.answers : words.notAnswering,
      tone: store.ok ? 'good' : 'bad',
    },
    { name: words.latency, value: format.ms(store.latency_ms) },
  ]
  if (size && size.used_bytes !== null) {
    const used = format.bytes(size.used_bytes)
    storeRows.push({
      name: words.size,
      value: size.max_bytes ? words.ofMax(used, format.bytes(size.max_bytes)) : used,
    })
  }
  if (size && size.keys !== null) storeRows.push({ name: words.keys, value: format.number(size.keys) })
  if (size?.eviction_policy) {
    storeRows.push({
      name: words.eviction,
      value: size.eviction_policy,
      tone: size.eviction_policy === 'noeviction' ? undefined : 'warn',
    })
  }

  return (
    <div class="ledgers">
      <Ledger title={words.bot} rows={botRows} />
      {telegramRows.length > 0 && <Ledger title={words.telegram} rows={telegramRows} />}
      <Ledger title={words.store} rows={storeRows} />
      <Ledger
        title={words.deployment}
        rows={[
          { name: words.environment, value: report.environment },
          { name: words.region, value: report.region },
          { name: words.version, value: report.version, isLong: report.version.length > 12 },
        ]}
      />
    </div>
  )
}

function pick(words: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(words, key) ? words[key] : undefined
}
