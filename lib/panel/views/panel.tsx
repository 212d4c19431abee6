import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { AccountLater } from '../parts/account-later.tsx'
import { Foot } from '../parts/foot.tsx'
import { Masthead } from '../parts/masthead.tsx'
import { Relogin } from '../parts/relogin.tsx'
import { useSay } from '../parts/say.tsx'
import type { Failure, Outcome } from '../http/client.ts'
import type { Session } from '../../contract.ts'
import { failureText } from '../state/failure-text.ts'
import { useLive } from '../state/live.ts'
import { useView, type View } from '../state/view.ts'
import { useSpeech } from '../text/language.tsx'
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

/** The panel behind the login. What is live stays live in every view. */
export function Panel({ session, isMini, logIn, logOut, onSignedOut: onEnded }: PanelProps) {
  const { text } = useSpeech()
  const say = useSay()
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
    if (failure) say({ tone: 'bad', sentence: text.actions.failed(text.logOut, failureText(failure, text)) })
  }, [logOut, say, text])

  return (
    <div class="frame">
      <a
        href="#main"
        class="skip"
        onClick={(event) => {
          // The address's # names a view; a jump must not change it.
          event.preventDefault()
          document.querySelector<HTMLElement>('#main h1')?.focus()
        }}
      >
        {text.skip}
      </a>
      <Masthead view={view} deadLetters={(live.status ?? live.health)?.inbox?.dead_letters ?? 0} />
      <main id="main">
        {view === 'overview' && <Overview live={live} />}
        {view === 'dead-letters' && <DeadLettersView onSignedOut={onSignedOut} onDone={live.refresh} />}
        {view === 'mailboxes' && <MailboxesView onSignedOut={onSignedOut} onDone={live.refresh} />}
        {view === 'setup' && <SetupView onSignedOut={onSignedOut} />}
        {view === 'audit' && <AuditView onSignedOut={onSignedOut} />}
        {view === 'account' && <AccountLater isMini={isMini} onSignedOut={onSignedOut} />}
      </main>
      {ended === session && <Relogin logIn={logIn} onCancel={() => onEnded(session)} />}
      <Foot actor={session.actor} isMini={isMini} onLogOut={leave} />
    </div>
  )
}

/** A new view is named in the title, begins at its top and has its heading focused; the first one does not. */
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
