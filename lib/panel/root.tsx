import { useEffect } from 'preact/hooks'
import { ConfirmProvider } from './parts/confirm.tsx'
import { SayProvider } from './parts/say.tsx'
import { useSession } from './state/session.ts'
import { SpeechProvider, useSpeech } from './text/language.tsx'
import { Login } from './views/login.tsx'
import { MiniDoor } from './views/mini-door.tsx'
import { Panel } from './views/panel.tsx'

interface RootProps {
  /** What Telegram signed; null where this page is not its Mini App. */
  initData: string | null
  language?: string | undefined
}

export function Root({ initData, language }: RootProps) {
  return (
    <SpeechProvider first={language}>
      <SayProvider>
        <ConfirmProvider isCareful={initData !== null}>
          <Page initData={initData} />
        </ConfirmProvider>
      </SayProvider>
    </SpeechProvider>
  )
}

/** Who has opened the Mini App, as its session will name them; the server does not take this page's word for it. */
function actorOf(initData: string): string {
  try {
    const { id } = JSON.parse(new URLSearchParams(initData).get('user') ?? '{}') as { id?: unknown }
    return `telegram:${String(id)}`
  } catch {
    return 'telegram:?'
  }
}

function Page({ initData }: { initData: string | null }) {
  const { text } = useSpeech()
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
    <MiniDoor initData={initData} logIn={logIn} hasLeft={state.why === 'left'} />
  )
}
