import type { Failure } from '../../http/client.ts'
import { failureText } from '../../state/failure-text.ts'
import { useAccountWords } from '../../text/account/words.ts'
import { useLanguage } from '../../text/language.tsx'

/** Why a call of the account failed, and until when to wait where that is known. */
export function useTrouble(): (failure: Failure) => string {
  const { text, format } = useLanguage()
  const words = useAccountWords()
  return (failure) => {
    const { status, retryAfterS, code } = failure
    if (code === 'flood_wait' && retryAfterS !== null) {
      return words.floodUntil(format.moment(new Date(Date.now() + retryAfterS * 1000).toISOString()))
    }
    const why = failureText(failure, text)
    const sentence = why.charAt(0).toUpperCase() + why.slice(1)
    return status === 429 && retryAfterS !== null && retryAfterS > 1
      ? `${sentence} (${format.seconds(retryAfterS)})`
      : sentence
  }
}
