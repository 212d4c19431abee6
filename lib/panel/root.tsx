import { useEffect } from 'preact/hooks'
import { ConfirmProvider } from './parts/confirm.tsx'
import { ResultLineProvider } from './parts/result-line.tsx'
import { useSession } from './state/session.ts'
import { LanguageProvider, useLanguage } from './text/language.tsx'
import { Login } from './views/login.tsx'
import { MiniLogin } from './views/mini-login.tsx'
import { Panel } from './views/panel.tsx'

interface RootProps {
  /** Init data signed by Telegram; null outside the Mini App. */
  initData: string | null
  language?: string | undefined
}

export function Root({ initData, language }: RootProps) {
  return (
    <LanguageProvider first={language}>
      <ResultLineProvider>
        <ConfirmProvider isCareful={initData !== null}>
          <Page initData={initData} />
        </ConfirmProvider>
      </ResultLineProvider>
    </LanguageProvider>
  )
}

/** The user of the Mini App, as a session names its actor. For display only: the server verifies the init data. */
function actorOf(initData: string): string {
  try {
    const { id } = JSON.parse(new URLSearchParams(initData).get('user') ?? '{}') as { id?: unknown }
    return `telegram:${String(id)}`
  } catch {
    return 'telegram:?'
  }
}

function Page({ initData }: { initData: string | null }) {
  const { text } = useLanguage()
  const { state, logIn, logOut, ended } = useSession(initData === null ? null : actorOf(initData))
  useEffect(() => {
    if (state.word === 'out') document.title = 'Evergram'
  }, [state.word])
  if (state.word === 'asking') return <p class="loading first">{text.loading}</p>
  if (state.word === 'in') {
    return (
      <Panel
        session={state.session}
        isMini={initData !== null}
        logIn={logIn}
        logOut={logOut}
        onSignedOut={ended}
      />
    )
  }
  return initData === null ? (
    <Login why={state.why} logIn={logIn} />
  ) : (
    <MiniLogin initData={initData} logIn={logIn} hasLeft={state.why === 'left'} />
  )
}
