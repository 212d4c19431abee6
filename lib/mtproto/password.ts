/** The proof of the two-step password (SRP), computed from what Telegram sent for this one try. */
import type { tl } from '@mtcute/core'
import { computeSrpParams } from '@mtcute/core/utils.js'
import type { Telegram } from './client.ts'

/**
 * Asks for the parameters and answers with the proof. They belong to one try, so both happen in one call.
 * @throws MtprotoRefused PASSWORD_HASH_INVALID, SRP_ID_INVALID, SRP_PASSWORD_CHANGED
 */
export async function checkPassword(
  telegram: Telegram,
  password: string,
): Promise<tl.auth.TypeAuthorization> {
  const asked = await telegram.call({ _: 'account.getPassword' })
  const proof = await computeSrpParams(telegram.crypto, asked, password)
  return telegram.call({ _: 'auth.checkPassword', password: proof })
}
