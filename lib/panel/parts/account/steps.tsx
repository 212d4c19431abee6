/** The steps of a login under way: scan, type the code, type the password. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import type { Failure } from '../../http/client.ts'
import type { AccountControl, Waiting } from '../../state/account.ts'
import { useNow } from '../../state/now.ts'
import { useAccountWords } from '../../text/account/words.ts'
import { useLanguage } from '../../text/language.tsx'
import { Action } from '../action.tsx'
import { FieldForm } from './field-form.tsx'
import { QrCode } from './qr-code.tsx'
import { useTrouble } from './trouble-text.ts'

function GiveUp({ account }: { account: AccountControl }) {
  return <Action onAct={account.giveUp}>{useAccountWords().giveUp}</Action>
}

/** Shows the QR code, and asks whether it was scanned while the page is visible. */
export function ScanStep({ account, waiting }: { account: AccountControl; waiting: Waiting | null }) {
  const { text, format } = useLanguage()
  const words = useAccountWords()
  const now = useNow(1000)
  const troubleText = useTrouble()
  const [trouble, setTrouble] = useState<Failure | null>(null)
  const { startQr, checkQr } = account
  const begin = useCallback(async () => setTrouble(await startQr()), [startQr])
  const pauseMs = waiting?.poll_after_ms ?? null
  useEffect(() => {
    // A page that was opened anew has no address yet: the login under way gives its own again.
    if (pauseMs === null) void begin()
  }, [pauseMs, begin])
  useEffect(() => {
    if (pauseMs === null) return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const plan = () => {
      clearTimeout(timer)
      if (!isOver && !document.hidden) timer = setTimeout(() => void check(), pauseMs)
    }
    const check = async () => {
      await checkQr()
      plan()
    }
    plan()
    document.addEventListener('visibilitychange', plan)
    return () => {
      isOver = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', plan)
    }
  }, [pauseMs, checkQr])
  const leftS = waiting ? Math.max(0, Math.ceil((Date.parse(waiting.ends_at) - now) / 1000)) : null
  return (
    <section>
      <h2>{words.qrTitle}</h2>
      <ol class="account-steps">
        {words.qrSteps.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ol>
      {waiting && <QrCode content={waiting.url} label={words.qrLabel} />}
      {!waiting && !trouble && <p class="loading">{text.loading}</p>}
      {!waiting && trouble && (
        <div class="trouble" role="alert">
          <p>{troubleText(trouble)}</p>
          <Action onAct={begin}>{text.tryAgain}</Action>
        </div>
      )}
      {leftS !== null && <p class="count-line">{words.left(format.seconds(leftS))}</p>}
      <div class="actions">
        <GiveUp account={account} />
      </div>
    </section>
  )
}

export function CodeStep({ account }: { account: AccountControl }) {
  const troubleText = useTrouble()
  const words = useAccountWords()
  const now = useNow(1000)
  const [trouble, setTrouble] = useState<string | null>(null)
  const { login, phone, resendAtMs } = account
  const waitS = Math.max(0, Math.ceil((resendAtMs - now) / 1000))
  const length = login?.code_length ?? null
  const resend = async () => {
    const failure = await account.sendCode(phone)
    setTrouble(failure && troubleText(failure))
  }
  return (
    <section>
      <h2>{words.codeTitle}</h2>
      <p>{words.codeWhere[login?.delivery ?? 'app']}</p>
      <FieldForm
        id="account-code"
        label={words.code}
        submit={words.check}
        type="text"
        autocomplete="one-time-code"
        inputMode="numeric"
        maxLength={32}
        onSend={account.tryCode}
        {...(length !== null && { hint: words.codeLength(length) })}
      >
        <GiveUp account={account} />
        {phone !== '' && waitS === 0 && <Action onAct={resend}>{words.resend}</Action>}
      </FieldForm>
      {phone !== '' && waitS > 0 && <p class="intro">{words.resendIn(waitS)}</p>}
      <p class="trouble-line" role="alert">
        {trouble}
      </p>
    </section>
  )
}

export function PasswordStep({ account }: { account: AccountControl }) {
  const words = useAccountWords()
  const hint = account.login?.hint ?? null
  return (
    <section>
      <h2>{words.passwordTitle}</h2>
      <FieldForm
        id="account-password"
        label={words.password}
        submit={words.check}
        type="password"
        autocomplete="current-password"
        maxLength={1024}
        onSend={account.tryPassword}
        {...(hint !== null && { hint: words.hint(hint) })}
      >
        <GiveUp account={account} />
      </FieldForm>
    </section>
  )
}
