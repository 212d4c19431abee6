/** The account's view, whose code is asked for when it is opened: most operators never do. */
import type { ComponentType } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import type { AccountViewProps } from '../views/account.tsx'
import { useLanguage } from '../text/language.tsx'
import { Action } from './action.tsx'

export function AccountLater(props: AccountViewProps) {
  const { text } = useLanguage()
  const [View, setView] = useState<ComponentType<AccountViewProps> | null>(null)
  const [hasFailed, setFailed] = useState(false)
  const load = useCallback(async () => {
    setFailed(false)
    try {
      const { AccountView } = await import('../views/account.tsx')
      setView(() => AccountView)
    } catch {
      setFailed(true)
    }
  }, [])
  useEffect(() => void load(), [load])
  if (View) return <View {...props} />
  if (!hasFailed) return <p class="loading">{text.loading}</p>
  return (
    <div class="trouble" role="alert">
      <p>{text.failures.unreachable}</p>
      <Action onAct={load}>{text.tryAgain}</Action>
    </div>
  )
}
