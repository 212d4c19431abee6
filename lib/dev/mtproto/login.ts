/** The methods that log in and out. */
import { randomBytes } from 'node:crypto'
import { Long, type tl } from '@mtcute/core'
import { newCode, newToken, RpcRefusal, type Account, type Cloud, type Key } from './cloud.ts'
import type { TlRequest } from './schema.ts'
import { beginSrp } from './srp.ts'

export type Method = (cloud: Cloud, key: Key, request: TlRequest) => Promise<object> | object

export const LOGIN_METHODS: Record<string, Method> = {
  'auth.exportLoginToken': (cloud, key) => {
    const { token } = key
    if (token?.account) {
      if (token.account.home === key.dc)
        return { _: 'auth.loginTokenSuccess', authorization: signIn(key, token.account) }
      return { _: 'auth.loginTokenMigrateTo', dcId: token.account.home, token: token.bytes }
    }
    if (!token || token.expiresMs < Date.now()) key.token = newToken(cloud)
    const current = key.token ?? newToken(cloud)
    const expires = Math.floor(current.expiresMs / 1000) + cloud.faults.clockSeconds
    return { _: 'auth.loginToken', expires, token: current.bytes }
  },
  'auth.importLoginToken': (cloud, key, { token }) => {
    const found = cloud.tokens.find(({ bytes }) => bytes.equals(token as Uint8Array))
    if (!found?.account) throw new RpcRefusal(400, 'AUTH_TOKEN_INVALID')
    key.token = found
    return { _: 'auth.loginTokenSuccess', authorization: signIn(key, found.account) }
  },
  'auth.sendCode': (cloud, key, request) => {
    const phone = plus(request['phoneNumber'])
    if (!/^\+\d{7,15}$/.test(phone)) throw new RpcRefusal(406, 'PHONE_NUMBER_INVALID')
    const account = cloud.accounts.find((one) => one.phone === phone)
    if (account && account.home !== key.dc) throw new RpcRefusal(303, `PHONE_MIGRATE_${account.home}`)
    return sentCode(newCode(cloud, phone).hash)
  },
  'auth.resendCode': (cloud, _key, request) => {
    const old = codeOf(cloud, request)
    cloud.codes = cloud.codes.filter((code) => code !== old)
    return sentCode(newCode(cloud, old.phone).hash)
  },
  'auth.cancelCode': (cloud, _key, request) => {
    const old = codeOf(cloud, request)
    cloud.codes = cloud.codes.filter((code) => code !== old)
    return { _: 'boolTrue' }
  },
  'auth.signIn': (cloud, key, request) => {
    const sent = codeOf(cloud, request)
    if (request['phoneCode'] !== sent.code) throw new RpcRefusal(400, 'PHONE_CODE_INVALID')
    cloud.codes = cloud.codes.filter((code) => code !== sent)
    const account = cloud.accounts.find(({ phone }) => phone === sent.phone)
    return account ? signIn(key, account) : { _: 'auth.authorizationSignUpRequired' }
  },
  'account.getPassword': async (_cloud, key) => {
    const account = key.pending ?? key.account
    if (!account) throw new RpcRefusal(401, 'AUTH_KEY_UNREGISTERED')
    const unknown = {
      newAlgo: { _: 'passwordKdfAlgoUnknown' },
      newSecureAlgo: { _: 'securePasswordKdfAlgoUnknown' },
    }
    const password = { _: 'account.password', ...unknown, secureRandom: randomBytes(8) }
    if (account.password === null) return password
    const attempt = await beginSrp(account.password)
    key.srp = { id: Long.fromBytesLE([...randomBytes(8)]), attempt }
    const { algo, srpB } = attempt
    return { ...password, hasPassword: true, currentAlgo: algo, srpB, srpId: key.srp.id, hint: account.hint }
  },
  'auth.checkPassword': (_cloud, key, request) => {
    const proof = request['password'] as tl.RawInputCheckPasswordSRP
    const { srp, pending } = key
    if (!pending) throw new RpcRefusal(401, 'AUTH_KEY_UNREGISTERED')
    if (!srp?.id.eq(proof.srpId)) throw new RpcRefusal(400, 'SRP_ID_INVALID')
    key.srp = null
    if (!srp.attempt.verify(proof.A, proof.M1)) throw new RpcRefusal(400, 'PASSWORD_HASH_INVALID')
    key.pending = null
    key.account = pending
    return authorization(pending)
  },
  'auth.logOut': (_cloud, key) => {
    key.account = null
    key.pending = null
    return { _: 'auth.loggedOut' }
  },
}

/** @throws RpcRefusal where the password is still to come */
function signIn(key: Key, account: Account): object {
  if (key.account === account) return authorization(account)
  if (account.isDeactivated) throw new RpcRefusal(401, 'USER_DEACTIVATED')
  if (account.password !== null) {
    key.pending = account
    throw new RpcRefusal(401, 'SESSION_PASSWORD_NEEDED')
  }
  key.account = account
  return authorization(account)
}

function authorization(account: Account): object {
  return { _: 'auth.authorization', user: selfOf(account) }
}

export function selfOf(account: Account): object {
  const { id, firstName, username, phone, isPremium } = account
  const premium = isPremium || undefined
  return {
    _: 'user',
    self: true,
    id,
    accessHash: Long.fromNumber(id),
    firstName,
    username,
    phone: phone.slice(1),
    premium,
  }
}

function sentCode(phoneCodeHash: string): object {
  const nextType = { _: 'auth.codeTypeSms' }
  return {
    _: 'auth.sentCode',
    type: { _: 'auth.sentCodeTypeApp', length: 5 },
    phoneCodeHash,
    nextType,
    timeout: 60,
  }
}

function codeOf(cloud: Cloud, { phoneNumber, phoneCodeHash }: TlRequest) {
  const sent = cloud.codes.find(({ hash }) => hash === phoneCodeHash)
  if (!sent || sent.phone !== plus(phoneNumber) || sent.expiresMs < Date.now()) {
    throw new RpcRefusal(400, 'PHONE_CODE_EXPIRED')
  }
  return sent
}

function plus(phone: unknown): string {
  return `+${String(phone).replace(/^\+/, '')}`
}
