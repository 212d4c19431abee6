/** Ending: a login under way, the account, and the accounts of those who are no administrators any more. */
import type { AccountEnded } from '../contract.ts'
import { HttpError } from '../errors.ts'
import { callAccount, type AccountDeps } from './call.ts'
import { listAccounts } from './look.ts'
import { operatorsOf } from './operators.ts'

/** Gives a login up. A connected account is not touched. @throws HttpError 429 busy */
export function endLogin(deps: AccountDeps, operator: string): Promise<{ state: 'none' }> {
  return callAccount(deps, operator, {
    route: 'login',
    rule: '',
    methods: [],
    before: () => ({ answer: { answer: { state: 'none' }, login: 'drop' } }),
    ask: () => Promise.reject(new Error('Telegram is not asked')),
  })
}

/** Logs out at Telegram and forgets the account, whatever Telegram says. @throws HttpError 429 busy */
export function endAccount(deps: AccountDeps, operator: string): Promise<AccountEnded> {
  const ended = (isEnded: boolean): AccountEnded => ({ state: 'none', ended_at_telegram: isEnded })
  return callAccount(deps, operator, {
    route: 'end',
    rule: '',
    methods: [],
    forgets: true,
    before: ({ session }) =>
      session?.kind === 'connected' && deps.config.telegramApi
        ? { session: session.session }
        : { answer: { answer: ended(false) } },
    async ask(telegram) {
      await telegram.call({ _: 'auth.logOut' })
      return { answer: ended(true) }
    },
    // A session that Telegram has ended before is ended there as well.
    afterFailure: ({ follows }) => ({ answer: ended(follows === 'revoke') }),
  })
}

/** Ends the accounts of operators that are gone. A failed one is tried again at the next sweep. @returns who they were */
export async function endRemoved(deps: AccountDeps, adminIds: ReadonlySet<string>): Promise<string[]> {
  const current = operatorsOf(adminIds)
  const removed = (await listAccounts(deps.store)).filter((operator) => !current.has(operator))
  for (const operator of removed) {
    await endAccount(deps, operator).catch((error: unknown) => {
      if (!(error instanceof HttpError)) throw error
      deps.log.warn('the account of a former administrator is still there', { error })
    })
  }
  return removed
}
