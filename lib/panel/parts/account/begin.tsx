import { useState } from 'preact/hooks'
import type { AccountControl } from '../../state/account.ts'
import { useAccountWords } from '../../text/account/words.ts'
import { Action } from '../action.tsx'
import { FieldForm } from './field-form.tsx'
import { useTrouble } from './trouble-text.ts'

/**
 * What it means to connect an account, and the two ways to do it. In Telegram itself the page runs on the very phone
 * that would have to scan the code, so the code in the app stands first there.
 */
export function Begin({ account, isMini }: { account: AccountControl; isMini: boolean }) {
  const troubleText = useTrouble()
  const words = useAccountWords()
  const [way, setWay] = useState<'code' | 'other' | null>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  const byQr = async () => {
    const failure = await account.startQr()
    setTrouble(failure && troubleText(failure))
  }
  const qr = (
    <Action kind={isMini ? undefined : 'primary'} onAct={byQr}>
      {words.byQr}
    </Action>
  )
  const code = (
    <button type="button" class={`button ${isMini ? 'primary' : ''}`} onClick={() => setWay('code')}>
      {words.byCode}
    </button>
  )
  return (
    <section>
      <h2>{words.warningsTitle}</h2>
      <ul class="account-warnings">
        {words.warnings.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p class="trouble-line" role="alert">
        {trouble}
      </p>
      {way === 'code' ? (
        <FieldForm
          id="account-phone"
          label={words.phone}
          hint={words.phoneHint}
          submit={words.send}
          type="tel"
          autocomplete="tel"
          maxLength={40}
          onSend={account.sendCode}
        />
      ) : (
        <div class="actions">
          {isMini ? code : qr}
          {!isMini && code}
          {isMini &&
            (way === 'other' ? (
              qr
            ) : (
              <button type="button" class="button" onClick={() => setWay('other')}>
                {words.secondDevice}
              </button>
            ))}
        </div>
      )}
    </section>
  )
}
