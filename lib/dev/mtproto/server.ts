/**
 * A Telegram for tests and `npm run dev`: MTProto over TCP with two data centres in this process, made so that each
 * failure that the client must survive can be brought about.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { accountOf } from './accounts.ts'
import { createCloud, type Account, type Cloud } from './cloud.ts'
import { serve, type Live } from './connection.ts'
import { serverKey } from './keys.ts'

const DCS = [2, 4]

export interface MtprotoServer {
  /** The value for TELEGRAM_MTPROTO. */
  setting: string
  servers: { dcs: Cloud['addresses']; publicKey: string }
  cloud: Cloud
  /** Connections that are open now. */
  open(): number
  /** How many there have been. */
  opened(): number
  /** Adds an account with chats. */
  add(account?: Partial<Account>): Account
  /** The phone scans the code: lets the session in whose token the address holds. @throws where no such token waits */
  scan(url: string, account: Account): void
  /** The newest code sent to this phone. */
  codeOf(phone: string): string
  /** Ends the sessions of an account, as under Settings → Devices. @returns how many */
  revoke(account: Account): number
  /** Forgets all keys, which are then answered with -404. */
  forgetKeys(): void
  /** Stops listening: connections are refused. */
  refuse(): Promise<void>
  close(): Promise<void>
}

export async function startMtproto(options: { ports?: readonly number[] } = {}): Promise<MtprotoServer> {
  const cloud = createCloud()
  const live: Live = new Map()
  const sockets = new Set<Socket>()
  const listeners: Server[] = []
  let opened = 0
  for (const [index, id] of DCS.entries()) {
    const listener = createServer({ noDelay: true }, (socket) => {
      opened++
      if (cloud.faults.hangsUp) {
        socket.destroy()
        return
      }
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      serve(socket, id, cloud, live)
    })
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject)
      listener.listen(options.ports?.[index] ?? 0, '127.0.0.1', resolve)
    })
    listeners.push(listener)
    cloud.addresses.push({ id, host: '127.0.0.1', port: (listener.address() as AddressInfo).port })
  }
  const { publicPem } = serverKey()
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    await Promise.all(listeners.map((one) => new Promise((resolve) => one.close(resolve))))
  }
  return {
    cloud,
    servers: { dcs: cloud.addresses, publicKey: publicPem },
    setting: `${cloud.addresses.map(({ id, host, port }) => `${id}@${host}:${port}`).join(',')}#${Buffer.from(publicPem).toString('base64')}`,
    open: () => sockets.size,
    opened: () => opened,
    add(given = {}) {
      const account = accountOf(cloud.accounts.length, given)
      cloud.accounts.push(account)
      return account
    },
    scan(url, account) {
      const text = new URL(url).searchParams.get('token')
      const token = cloud.tokens.find((one) => one.text === text && one.expiresMs > Date.now())
      if (!token) throw new Error('no login waits with this token')
      token.account = account
    },
    codeOf(phone) {
      const sent = cloud.codes.findLast((code) => code.phone === phone)
      if (!sent) throw new Error('no code was sent to this phone')
      return sent.code
    },
    revoke(account) {
      const keys = [...cloud.keys.values()].filter((key) => key.account === account)
      for (const key of keys) key.isRevoked = true
      return keys.length
    },
    forgetKeys: () => cloud.keys.clear(),
    refuse: stop,
    close: stop,
  }
}
