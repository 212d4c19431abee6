import type { Loaded } from '../state/loaded.ts'
import { failureText } from '../state/failure-text.ts'
import { useSpeech } from '../text/language.tsx'
import { Action } from './action.tsx'

/** Says that a view is still asking, or why it has nothing to show. */
export function Trouble<T>({ loaded }: { loaded: Loaded<T> }) {
  const { text } = useSpeech()
  const { data, failure, isLoading, reload } = loaded
  if (failure) {
    return (
      <div class="trouble" role="alert">
        <p>{failureText(failure, text)}</p>
        <Action onAct={reload}>{text.tryAgain}</Action>
      </div>
    )
  }
  return data === null && isLoading ? <p class="loading">{text.loading}</p> : null
}
