import type { Health, Status } from '../../contract.ts'
import type { Totals } from '../state/merge.ts'
import type { Tone } from '../state/verdict.ts'
import { useSpeech } from '../text/language.tsx'
import { pick, wordOf } from '../text/word.ts'
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

  const botRows: Row[] = [
    {
      name: words.status,
      value: pick(words.statuses, status) ?? status,
      tone: STATUS_TONES[status] ?? 'warn',
    },
  ]
  if (store.ok) {
    botRows.push({ name: words.errorCount, value: format.number(bot?.errors ?? report.error_count) })
  }
  if (detail) {
    botRows.push(
      { name: words.epoch, value: String(detail.epoch) },
      { name: words.reinitialized, value: <When at={detail.last_reinitialized_at} /> },
      {
        name: words.breaker,
        value: breaker
          ? `${wordOf(breaker, text)}${detail.breaker_until ? `, ${words.until(format.clock(detail.breaker_until))}` : ''}`
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

  const telegramRows: Row[] = []
  if (telegram) {
    const { ok, webhook_url_matches: isOurs, last_error: error } = telegram
    // Where the check itself failed, that is the error, and of then; else Telegram's own, which has its own time.
    const errorAt = ok ? detail?.webhook.last_error_at : telegram.checked_at
    if (isOurs !== null) {
      const value = isOurs ? text.yes : text.no
      telegramRows.push({ name: words.isOurs, value, tone: isOurs ? undefined : 'bad' })
    }
    if (ok) telegramRows.push({ name: words.waiting, value: format.number(telegram.pending_update_count) })
    telegramRows.push({ name: words.checked, value: <When at={telegram.checked_at} /> })
    if (detail && ok !== null)
      telegramRows.push({ name: words.webhook, value: detail.webhook.url || text.none, isLong: true })
    if (error) {
      const value = (
        <>
          {error}
          {errorAt && (
            <>
              {' ('}
              <When at={errorAt} />)
            </>
          )}
        </>
      )
      telegramRows.push({ name: words.lastError, value, isLong: true })
    } else if (ok) telegramRows.push({ name: words.lastError, value: text.none })
  }

  const size = full?.store
  const storeRows: Row[] = [
    {
      name: words.status,
      // Without settings nobody has asked it.
      value: store.ok ? words.answers : store.error ? words.notAnswering : text.unknown,
      tone: store.ok ? 'good' : 'bad',
    },
  ]
  if (store.latency_ms !== null) storeRows.push({ name: words.latency, value: format.ms(store.latency_ms) })
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
