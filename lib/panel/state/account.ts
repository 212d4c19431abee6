/** The operator's account as the page knows it, and the calls that change it. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { AccountState, AccountStateName, LoginStep } from '../../contract.ts'
import { calls } from '../http/calls.ts'
import type { Failure, Outcome } from '../http/client.ts'

export type Waiting = Extract<LoginStep, { state: 'qr_waiting' }>

/** After these the state is no longer what the page shows. */
const NEWS = new Set([
  'no_login',
  'login_expired',
  'code_expired',
  'use_qr',
  'phone_banned',
  'no_such_account',
  'session_revoked',
  'account_deactivated',
  'not_connected',
  'login_in_progress',
  'account_off',
])

export interface AccountControl {
  /** Null before the first answer. */
  known: AccountState | null
  state: AccountStateName | null
  login: AccountState['login']
  waiting: Waiting | null
  /** As typed on this page; empty where the login was begun elsewhere. */
  phone: string
  /** From when the code may be sent again, in the browser's milliseconds. */
  resendAtMs: number
  /** Why the account could not be asked for, or why the last login ended. */
  failure: Failure | null
  reload: () => Promise<void>
  startQr: () => Promise<Failure | null>
  checkQr: () => Promise<void>
  sendCode: (phone: string) => Promise<Failure | null>
  tryCode: (code: string) => Promise<Failure | null>
  tryPassword: (password: string) => Promise<Failure | null>
  giveUp: () => Promise<void>
  /** Looks anew where a failure says that the state has changed. */
  onFailed: (code: string) => void
}

/** @param onSignedOut called when the server no longer takes the operator's own session */
export function useAccount(onSignedOut: () => void): AccountControl {
  const [known, setKnown] = useState<AccountState | null>(null)
  const [waiting, setWaiting] = useState<Waiting | null>(null)
  const [phone, setPhone] = useState('')
  const [resendAtMs, setResendAtMs] = useState(0)
  const [failure, setFailure] = useState<Failure | null>(null)
  const isOver = useRef(false)

  const reload = useCallback(async () => {
    const answer = await calls.account()
    if (isOver.current) return
    if (!answer.ok) {
      if (answer.failure.status === 401) return onSignedOut()
      return setFailure(answer.failure)
    }
    setKnown(answer.data)
    if (answer.data.state !== 'qr_waiting') setWaiting(null)
    const { resend_after_s: seconds = null } = answer.data.login ?? {}
    if (seconds !== null) setResendAtMs(Date.now() + seconds * 1000)
  }, [onSignedOut])
  useEffect(() => {
    isOver.current = false
    void reload()
    return () => {
      isOver.current = true
    }
  }, [reload])

  /** Takes over what a step has answered. @returns why it failed, where the page's own field can say so */
  const take = useCallback(
    async (outcome: Outcome<LoginStep>): Promise<Failure | null> => {
      if (isOver.current) return null
      if (outcome.ok) {
        const { data } = outcome
        setFailure(null)
        if (data.state === 'qr_waiting') {
          setWaiting(data)
          setKnown((before) => before && { ...before, state: 'qr_waiting', login: null })
          return null
        }
        await reload()
        return null
      }
      const { code, status } = outcome.failure
      if (status === 401) {
        onSignedOut()
        return null
      }
      if (!NEWS.has(code)) return outcome.failure
      setFailure(outcome.failure)
      await reload()
      return null
    },
    [reload, onSignedOut],
  )
  const startQr = useCallback(async () => take(await calls.accountQr()), [take])
  const checkQr = useCallback(async () => {
    await take(await calls.accountQrCheck())
  }, [take])
  const sendCode = useCallback(
    async (number: string) => {
      setPhone(number)
      return take(await calls.accountCode(number))
    },
    [take],
  )
  const tryCode = useCallback(async (code: string) => take(await calls.accountVerify({ code })), [take])
  const tryPassword = useCallback(
    async (password: string) => take(await calls.accountVerify({ password })),
    [take],
  )
  const giveUp = useCallback(async () => {
    const outcome = await calls.accountGiveUp()
    if (!outcome.ok) setFailure(outcome.failure)
    else setFailure(null)
    await reload()
  }, [reload])
  const onFailed = useCallback(
    (code: string) => {
      if (code === 'unauthorized') onSignedOut()
      else if (NEWS.has(code)) void reload()
    },
    [onSignedOut, reload],
  )
  const state = known?.state ?? null
  const login = known?.login ?? null
  const actions = { reload, startQr, checkQr, sendCode, tryCode, tryPassword, giveUp, onFailed }
  return { known, state, login, waiting, phone, resendAtMs, failure, ...actions }
}
