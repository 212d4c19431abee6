/**
 * One call of the account API is one connection to Telegram: opened from the saved session, used, saved, closed.
 * The library is made for a client that stays connected; what it would do for one (sleep through flood waits, retry
 * for ever, make a new key for one that was revoked, wait for the network) is switched off or cut short here.
 */
import { MemoryStorage, MtClient, MtTimeoutError, TransportError, type tl } from '@mtcute/core'
import { addPublicKey, defaultProductionDc, isTlRpcError, type DcOptions } from '@mtcute/core/utils.js'
import { NodeCrypto } from './crypto.ts'
import { KeyUnknown, MtprotoRefused, MtprotoUnreachable } from '../errors.ts'
import { restore, save, type SavedSession } from './saved.ts'
import { createTransport, type Transport } from './transport.ts'

/**
 * Connections to one data centre in one call. Two, because the library repeats a handshake on a new connection: one key
 * in 256 is a byte short, a clock that lags costs one, and only the second -404 says that the key is gone.
 */
const CONNECTS = 2
/** How long closing may take, in milliseconds: the sockets are shut before, what is left is bookkeeping. */
const CLOSE_MS = 500

export interface Servers {
  dcs: readonly { id: number; host: string; port: number }[]
  /** PKCS#1 PEM. */
  publicKey: string
}

export interface ClientOptions {
  apiId: number
  apiHash: string
  /** Null for Telegram's own. */
  servers: Servers | null
  /** Null for a new session. */
  session: SavedSession | null
  deadlineMs: number
}

export interface Telegram {
  /** @throws MtprotoRefused, MtprotoUnreachable, KeyUnknown */
  call<T extends tl.RpcMethod>(request: T): Promise<tl.RpcCallReturn[T['_']]>
  /** Goes on at another data centre, with a key of its own. @throws MtprotoUnreachable */
  moveTo(dcId: number): Promise<void>
  crypto: NodeCrypto
}

export interface Outcome<Result> {
  /** What `work` returned, or what it threw. */
  result: { ok: true; value: Result } | { ok: false; error: unknown }
  /** To be kept whatever the result: the data centre can have changed before an error. Null where no key was made. */
  session: SavedSession | null
  dc: number | null
  isNewKey: boolean
}

/** Runs `work` over one connection, which is closed when this resolves. Never throws what `work` throws. */
export async function withTelegram<Result>(
  options: ClientOptions,
  work: (telegram: Telegram) => Promise<Result>,
): Promise<Outcome<Result>> {
  const crypto = new NodeCrypto()
  const transport = createTransport()
  const storage = new MemoryStorage()
  if (options.session) restore(storage, options.session)
  const defaultDcs = addressesOf(options, storage, crypto)
  const failed = failure()
  const mt = makeClient(options, { crypto, transport, storage, defaultDcs, failed })
  const keys = watchKeys(storage)
  const timer = setTimeout(() => failed.fail(new MtprotoUnreachable('timeout')), options.deadlineMs)
  const race = async <Value>(value: Promise<Value>): Promise<Value> => {
    // The one that loses must not be an unhandled rejection.
    value.catch(() => {})
    return Promise.race([value, failed.promise])
  }
  const changeDc = mt.network.changePrimaryDc.bind(mt.network)
  // Also the library's own moves (PHONE_MIGRATE) send the request before there is a key, and it then waits a second.
  mt.network.changePrimaryDc = async (dcId) => {
    await changeDc(dcId)
    await keys.of(dcId)
  }
  const telegram: Telegram = {
    crypto,
    async call(request: tl.RpcMethod): Promise<never> {
      const answer = await race(mt.network.call(request as never))
      if (isTlRpcError(answer)) throw new MtprotoRefused(request._, answer.errorCode, answer.errorMessage)
      return answer
    },
    moveTo: (dcId) => race(mt.network.changePrimaryDc(dcId)),
  }
  const run = async (): Promise<Outcome<Result>['result']> => {
    try {
      await race(mt.connect())
      await race(keys.of(mt.network.getPrimaryDcId()))
      return { ok: true, value: await race(work(telegram)) }
    } catch (error) {
      return { ok: false, error }
    }
  }
  const result = await run()
  clearTimeout(timer)
  const dc = primaryOf(mt)
  const session = dc === null ? null : save(storage, dc)
  await close(mt, transport)
  const isNewKey = session !== null && session.key !== options.session?.key
  return { result, session, dc, isNewKey }
}

/** The first failure of the connection itself, which ends the call. */
function failure() {
  let fail!: (error: Error) => void
  const promise = new Promise<never>((_resolve, reject) => (fail = reject))
  promise.catch(() => {})
  return { promise, fail }
}

interface Parts {
  crypto: NodeCrypto
  transport: Transport
  storage: MemoryStorage
  defaultDcs: DcOptions
  failed: ReturnType<typeof failure>
}

function makeClient({ apiId, apiHash }: ClientOptions, parts: Parts): MtClient {
  const { crypto, transport, storage, defaultDcs, failed } = parts
  let isMute = false
  const mt: MtClient = new MtClient({
    apiId,
    apiHash,
    storage,
    crypto,
    transport,
    defaultDcs,
    // At its verbose level the library prints phone and code.
    logLevel: 0,
    platform: {
      beforeExit: () => () => {},
      log: () => {},
      getDefaultLogLevel: () => null,
      getDeviceModel: () => 'Evergram',
    },
    initConnectionOptions: { deviceModel: 'Evergram', systemVersion: 'Vercel', appVersion: '1.0' },
    // Without it the library asks for the updates' state at each connection.
    disableUpdates: true,
    // The default ones sleep through flood waits and retry errors of the server for ever.
    network: { middlewares: [], connectionCount: () => 1, floodControl: false },
    reconnectionStrategy: () => {
      const dc = primaryOf(mt) ?? defaultDcs.main.id
      if (transport.connects(dc) < CONNECTS) return 0
      failed.fail(new MtprotoUnreachable(isMute ? 'timeout' : 'unreachable'))
      return false
    },
    onError(error) {
      // The library would make a new key here, in silence, and the session would look like one not logged in.
      if (error instanceof TransportError && error.code === 404) failed.fail(new KeyUnknown())
      // A handshake that got no answer; the connection stood.
      isMute = error instanceof MtTimeoutError
    },
  })
  return mt
}

function addressesOf(
  { servers, session }: ClientOptions,
  storage: MemoryStorage,
  crypto: NodeCrypto,
): DcOptions {
  if (!servers) return defaultProductionDc
  addPublicKey(crypto, servers.publicKey)
  const server = servers.dcs.find(({ id }) => id === session?.dc) ?? servers.dcs[0]
  if (!server) throw new Error('no server is named')
  // A session never leads elsewhere than to the servers that are named.
  storage.kv.delete('dc_main')
  storage.kv.delete('dc_media')
  const dc = { id: server.id, ipAddress: server.host, port: server.port }
  return { main: dc, media: dc }
}

/** Resolves when a data centre has its key: a request that is queued before waits up to a second for nothing. */
function watchKeys(storage: MemoryStorage) {
  const waiting = new Map<number, (() => void)[]>()
  const set = storage.authKeys.set.bind(storage.authKeys)
  storage.authKeys.set = (dc, key) => {
    set(dc, key)
    if (key) for (const resolve of waiting.get(dc) ?? []) resolve()
  }
  return {
    of: (dc: number): Promise<void> =>
      storage.authKeys.get(dc)
        ? Promise.resolve()
        : new Promise((resolve) => waiting.set(dc, [...(waiting.get(dc) ?? []), resolve])),
  }
}

function primaryOf(mt: MtClient): number | null {
  try {
    return mt.network.getPrimaryDcId()
  } catch {
    return null
  }
}

/** Shuts the sockets first: the library's own end waits for a connection that may never come about. */
async function close(mt: MtClient, transport: Transport): Promise<void> {
  transport.shut()
  let timer: NodeJS.Timeout | undefined
  const ended = (async () => {
    await mt.disconnect()
    await mt.destroy()
  })().catch(() => {})
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)))
  await Promise.race([ended, late])
  clearTimeout(timer)
}
