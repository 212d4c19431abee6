import type { Health, Status } from '../../contract.ts'
import type { Totals } from '../state/merge.ts'
import type { Tone } from '../state/verdict.ts'
import { useLanguage } from '../text/language.tsx'
import { pick, wordOf } from '../text/word.ts'
import { FigureList, type Row } from './figure-list.tsx'
import { RelativeTime } from './relative-time.tsx'

interface FiguresProps {
  report: Health | Status
  totals: Totals | null
}

const STATUS_TONES: Record<string, Tone> = { OK: 'good', FAILED: 'bad', UNAUTHORIZED: 'bad' }

/** All figures, part by part. A figure that cannot be read at the moment is left out. */
export function Figures({ report, totals }: FiguresProps) {
  const { text, format } = useLanguage()
  const words = text.overview
  const { detail, telegram, store, inbox } = report
  const full = detail && 'shards' in detail ? detail : null
  // Ticks refresh the shards, so a shard's copy of the bot's state is newer than the last full read.
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
      { name: words.reinitialized, value: <RelativeTime at={detail.last_reinitialized_at} /> },
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
    botRows.push({
      name: words.lastSweep,
      value: <RelativeTime at={totals?.lastSweepAt ?? inbox.last_sweep_at} />,
    })
  if (detail && detail.malformed > 0) {
    botRows.push({ name: words.malformed, value: format.number(detail.malformed) })
  }

  const telegramRows: Row[] = []
  if (telegram) {
    const { ok, webhook_url_matches: isOurs, last_error: error } = telegram
    // If the check itself failed, the error is of that check; otherwise it is Telegram's, with Telegram's time.
    const errorAt = ok ? detail?.webhook.last_error_at : telegram.checked_at
    if (isOurs !== null) {
      const value = isOurs ? text.yes : text.no
      telegramRows.push({ name: words.isOurs, value, tone: isOurs ? undefined : 'bad' })
    }
    if (ok) telegramRows.push({ name: words.waiting, value: format.number(telegram.pending_update_count) })
    telegramRows.push({ name: words.checked, value: <RelativeTime at={telegram.checked_at} /> })
    if (detail && ok !== null)
      telegramRows.push({ name: words.webhook, value: detail.webhook.url || text.none, isLong: true })
    if (error) {
      const value = (
        <>
          {error}
          {errorAt && (
            <>
              {' ('}
              <RelativeTime at={errorAt} />)
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
      // With faulty settings, the server does not ask the store.
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
    <div class="figure-lists">
      <FigureList title={words.bot} rows={botRows} />
      {telegramRows.length > 0 && <FigureList title={words.telegram} rows={telegramRows} />}
      <FigureList title={words.store} rows={storeRows} />
      <FigureList
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
