import type { Time } from '../../contract.ts'
import { useNow } from '../state/now.ts'
import { useLanguage } from '../text/language.tsx'

/** A time relative to now ("3 minutes ago"); its title has the exact time. */
export function RelativeTime({ at, never }: { at: Time; never?: string }) {
  const { text, format } = useLanguage()
  const now = useNow(1000)
  if (at === null) return <>{never ?? text.never}</>
  return (
    <time dateTime={at} title={format.moment(at)}>
      {format.ago(at, now)}
    </time>
  )
}
