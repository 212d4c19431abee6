import { useCallback, useEffect, useState } from 'preact/hooks'
import type { AccountState, Chat } from '../../contract.ts'
import { Begin } from '../parts/account/begin.tsx'
import { ChatList } from '../parts/account/chat-list.tsx'
import { MessageList } from '../parts/account/message-list.tsx'
import { CodeStep, PasswordStep, ScanStep } from '../parts/account/steps.tsx'
import { useTrouble } from '../parts/account/trouble-text.ts'
import { Action } from '../parts/action.tsx'
import { useConfirm } from '../parts/confirm.tsx'
import { useResultLine } from '../parts/result-line.tsx'
import { calls } from '../http/calls.ts'
import { useAccount, type AccountControl } from '../state/account.ts'
import { failureText } from '../state/failure-text.ts'
import { useAccountWords } from '../text/account/words.ts'
import { useLanguage } from '../text/language.tsx'
import { ViewHead } from './head.tsx'
import '../style/account.css'

export interface AccountViewProps {
  isMini: boolean
  onSignedOut: () => void
}

/** The operator's own Telegram account: connecting it, reading it, logging it out. */
export function AccountView({ isMini, onSignedOut }: AccountViewProps) {
  const { text, format } = useLanguage()
  const words = useAccountWords()
  const troubleText = useTrouble()
  const account = useAccount(onSignedOut)
  const { known, state, failure } = account
  useEffect(() => {
    // This view comes late, so the panel could not focus its heading.
    const isFree = document.activeElement === document.body || document.activeElement === null
    if (isFree) document.querySelector<HTMLElement>('#main h1')?.focus({ preventScroll: true })
  }, [])
  return (
    <>
      <ViewHead title={words.title} intro={words.intro} />
      {state && (
        <p class="account-state" role="status">
          {words.states[state]}
        </p>
      )}
      {known?.flood_until && (
        <p class="account-flood">{words.floodUntil(format.moment(known.flood_until))}</p>
      )}
      {failure && (
        <div class="trouble" role="alert">
          <p>{troubleText(failure)}</p>
          {!known && <Action onAct={account.reload}>{text.tryAgain}</Action>}
        </div>
      )}
      {!known && !failure && <p class="loading">{text.loading}</p>}
      {state === 'off' && <Off />}
      {state === 'revoked' && <p>{words.revokedWhy}</p>}
      {state === 'unreadable' && <p>{words.unreadableWhy}</p>}
      {(state === 'none' || state === 'revoked' || state === 'unreadable') && (
        <Begin account={account} isMini={isMini} />
      )}
      {state === 'qr_waiting' && <ScanStep account={account} waiting={account.waiting} />}
      {state === 'code_sent' && <CodeStep account={account} />}
      {state === 'password_needed' && <PasswordStep account={account} />}
      {known?.state === 'connected' && <Connected account={account} known={known} />}
    </>
  )
}

/** How to get an api_id. */
function Off() {
  const words = useAccountWords()
  return (
    <ol class="account-steps">
      {words.offHow.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ol>
  )
}

function Connected({ account, known }: { account: AccountControl; known: AccountState }) {
  const { text, format } = useLanguage()
  const words = useAccountWords()
  const showResult = useResultLine()
  const confirm = useConfirm()
  const [chat, setChat] = useState<Chat | null>(null)
  const { reload } = account
  const logOut = useCallback(async () => {
    const question = { title: words.logOutAsk, what: words.logOutWhat, yes: words.logOut }
    if (!(await confirm({ ...question, kind: 'danger' }))) return
    const outcome = await calls.accountEnd()
    if (outcome.ok) {
      const sentence = outcome.data.ended_at_telegram ? words.loggedOut : words.forgotten
      showResult({ tone: outcome.data.ended_at_telegram ? 'good' : 'bad', sentence })
    } else {
      showResult({
        tone: 'bad',
        sentence: text.actions.failed(words.logOut, failureText(outcome.failure, text)),
      })
    }
    await reload()
  }, [confirm, showResult, reload, words, text])
  const { account: user } = known
  return (
    <>
      <section>
        <h2>{words.connectedTitle}</h2>
        <dl class="account-user">
          <Fact name={words.name} value={user?.name ?? ''} />
          {user?.username && <Fact name={words.username} value={`@${user.username}`} />}
          {user?.phone && <Fact name={words.phoneMasked} value={user.phone} />}
          <Fact name={words.premium} value={user?.is_premium ? text.yes : text.no} />
          {known.since && <Fact name={words.since} value={format.moment(known.since)} />}
        </dl>
        <div class="actions">
          <Action kind="danger" onAct={logOut}>
            {words.logOut}…
          </Action>
        </div>
      </section>
      {chat ? (
        <MessageList
          chat={chat}
          title={chat.title ?? ''}
          onBack={() => setChat(null)}
          onFailed={account.onFailed}
        />
      ) : (
        <ChatList onOpen={setChat} onFailed={account.onFailed} />
      )}
    </>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{value}</dd>
    </div>
  )
}
