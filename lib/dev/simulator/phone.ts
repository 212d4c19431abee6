/** The operator's phone in the simulator: it lets a login in, shows the code, has a password, ends sessions. */
import * as z from 'zod'
import type { MtprotoServer } from '../mtproto/server.ts'
import type { PhoneView } from './wire.ts'

const Act = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('scan'), account: z.int(), token: z.string().max(200) }),
  z.strictObject({ kind: z.literal('password'), account: z.int(), password: z.string().max(200).nullable() }),
  z.strictObject({ kind: z.literal('revoke'), account: z.int() }),
])

export interface Phone {
  view(): PhoneView
  /** @throws Error with a sentence on what a phone could not do */
  act(body: unknown): PhoneView
}

export function createPhone(server: MtprotoServer): Phone {
  const { cloud } = server
  const view = (): PhoneView => ({
    accounts: cloud.accounts.map((account) => ({
      id: account.id,
      name: account.firstName,
      phone: account.phone,
      password: account.password,
      home: account.home,
      sessions: [...cloud.keys.values()].filter((key) => key.account === account && !key.isRevoked).length,
      code:
        cloud.codes.findLast(({ phone, expiresMs }) => phone === account.phone && expiresMs > Date.now())
          ?.code ?? null,
    })),
    logins: cloud.tokens
      .filter(({ account, expiresMs }) => account === null && expiresMs > Date.now())
      .map(({ text, expiresMs }) => ({ token: text, expires_at: new Date(expiresMs).toISOString() })),
  })
  return {
    view,
    act(body) {
      const act = Act.parse(body)
      const account = cloud.accounts.find(({ id }) => id === act.account)
      if (!account) throw new Error('there is no such account')
      if (act.kind === 'scan') server.scan(`tg://login?token=${act.token}`, account)
      else if (act.kind === 'password') account.password = act.password
      else server.revoke(account)
      return view()
    },
  }
}
