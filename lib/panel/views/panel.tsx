import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { AccountLater } from '../parts/account-later.tsx'
import { Footer } from '../parts/footer.tsx'
import { Navigation } from '../parts/navigation.tsx'
import { Relogin } from '../parts/relogin.tsx'
import { useResultLine } from '../parts/result-line.tsx'
import type { Failure, Outcome } from '../http/client.ts'
import type { Session } from '../../contract.ts'
import { failureText } from '../state/failure-text.ts'
import { useLive } from '../state/live.ts'
import { useView, type View } from '../state/view.ts'
import { useLanguage } from '../text/language.tsx'
import { AuditView } from './audit.tsx'
import { DeadLettersView } from './dead-letters.tsx'
import { MailboxesView } from './mailboxes.tsx'
import { Overview } from './overview.tsx'
import { SetupView } from './setup.tsx'

interface PanelProps {
  session: Session
  isMini: boolean
  logIn: (proof: { token: string }) => Promise<Outcome<Session>>
  logOut: () => Promise<Failure | null>
  onSignedOut: (session: Session) => void
}

/** The panel after the login. Polling goes on in every view. */
export function Panel({ session, isMini, logIn, logOut, onSignedOut: onEnded }: PanelProps) {
  const { text } = useLanguage()
  const showResult = useResultLine()
  const view = useView()
  // Whose end was noticed over the account's view: a session that begins meanwhile is another one.
  const [ended, setEnded] = useState<Session | null>(null)
  const staysOpen = view === 'account' && !isMini
  const onSignedOut = useCallback(() => {
    if (staysOpen) setEnded(session)
    else onEnded(session)
  }, [staysOpen, onEnded, session])
  const live = useLive(onSignedOut)
  useViewChange(view, `${text.views[view]} · Evergram`)

  const leave = useCallback(async () => {
    const failure = await logOut()
    if (failure)
      showResult({ tone: 'bad', sentence: text.actions.failed(text.logOut, failureText(failure, text)) })
  }, [logOut, showResult, text])

  return (
    <div class="frame">
      <a
        href="#main"
        class="skip"
        onClick={(event) => {
          // The part after # in the address names the view, so the link must not change it.
          event.preventDefault()
          document.querySelector<HTMLElement>('#main h1')?.focus()
        }}
      >
        {text.skip}
      </a>
      <Navigation view={view} deadLetters={(live.status ?? live.health)?.inbox?.dead_letters ?? 0} />
      <main id="main">
        {view === 'overview' && <Overview live={live} />}
        {view === 'dead-letters' && <DeadLettersView onSignedOut={onSignedOut} onDone={live.refresh} />}
        {view === 'mailboxes' && <MailboxesView onSignedOut={onSignedOut} onDone={live.refresh} />}
        {view === 'setup' && <SetupView onSignedOut={onSignedOut} />}
        {view === 'audit' && <AuditView onSignedOut={onSignedOut} />}
        {view === 'account' && <AccountLater isMini={isMini} onSignedOut={onSignedOut} />}
      </main>
      {ended === session && <Relogin logIn={logIn} onCancel={() => onEnded(session)} />}
      <Footer actor={session.actor} isMini={isMini} onLogOut={leave} />
    </div>
  )
}

/** Sets the title. When the view changes, scrolls to the top and focuses the heading; not for the first view. */
function useViewChange(view: View, title: string): void {
  const last = useRef(view)
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    if (last.current === view) return
    last.current = view
    scrollTo(0, 0)
    document.querySelector<HTMLElement>('#main h1')?.focus({ preventScroll: true })
  }, [view])
}
