/** The accounts of those who are no administrators any more: a sweep logs them out at Telegram and forgets them. */
import { endRemoved } from '../account/end.ts'
import type { Invocation } from '../invocation.ts'
import { noteAudit } from './audited.ts'

/** @throws StoreError */
export async function endRemovedAccounts(invocation: Invocation): Promise<void> {
  for (const operator of await endRemoved(invocation, invocation.config.adminTelegramIds)) {
    await noteAudit(invocation, {
      actor: `telegram:${operator}`,
      action: 'account_ended',
      target: null,
      result: 'ok',
    })
  }
}
