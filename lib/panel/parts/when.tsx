import type { Time } from '../../contract.ts'
import { useNow } from '../state/now.ts'
import { useSpeech } from '../text/language.tsx'

/** A moment as its distance from now; the exact time is its title. */
export function When({ at, never }: { at: Time; never?: string }) {
  const { text, format } = useSpeech()
  const now = useNow(1000)
  if (at === null) return <>{never ?? text.never}</>
  return (
    <time dateTime={at} title={format.moment(at)}>
      {format.ago(at, now)}
    </time>
  )
}
