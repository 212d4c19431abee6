/** The operator's phone: what the account API's logins wait for. */
import { useEffect, useState } from 'preact/hooks'
import type { PhoneAct, PhoneView } from '../../simulator/wire.ts'
import { api } from '../api.ts'
import { doing } from '../model.ts'

const LOOK_MS = 1500

export function PhonePanel() {
  const [view, setView] = useState<PhoneView | null>(null)
  useEffect(() => {
    const look = () => doing(api.phone().then(setView))
    look()
    const timer = setInterval(look, LOOK_MS)
    return () => clearInterval(timer)
  }, [])
  if (!view) return null
  const act = (what: PhoneAct) => doing(api.phoneAct(what).then(setView))
  const login = view.logins.at(-1)
  return (
    <div class="faults">
      {view.accounts.map(({ id, name, phone, password, home, sessions, code }) => (
        <section key={id} data-account={id}>
          <h3>{name}’s phone</h3>
          <p class="hint">
            <code>{phone}</code>, data centre {home}, {sessions === 1 ? '1 session' : `${sessions} sessions`}
          </p>
          {code !== null && (
            <p>
              Login code: <code>{code}</code>
            </p>
          )}
          <button
            type="button"
            class="wide"
            disabled={!login}
            onClick={() => login && act({ kind: 'scan', account: id, token: login.token })}
          >
            {login ? 'Scan the QR code of the panel' : 'No QR code waits'}
          </button>
          <label class="switch">
            <span>
              Ask for a two-step password
              <small>{password === null ? 'none is set' : `it is “${password}”`}</small>
            </span>
            <input
              type="checkbox"
              role="switch"
              checked={password !== null}
              onChange={() =>
                act({ kind: 'password', account: id, password: password === null ? 'secret' : null })
              }
            />
          </label>
          <button
            type="button"
            class="wide danger"
            disabled={sessions === 0}
            onClick={() => act({ kind: 'revoke', account: id })}
          >
            End the sessions
          </button>
        </section>
      ))}
      {view.accounts.length === 0 && <p class="hint">Only with the test server of MTProto.</p>}
    </div>
  )
}
