import type { Loaded } from '../state/loaded.ts'
import { failureText } from '../state/failure-text.ts'
import { useLanguage } from '../text/language.tsx'
import { Action } from './action.tsx'

/** Shows that a view is loading, or why it could not be loaded. */
export function LoadingOrError<T>({ loaded }: { loaded: Loaded<T> }) {
  const { text } = useLanguage()
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
