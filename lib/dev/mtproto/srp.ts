/** The server's side of the two-step password. */
import { randomBytes } from 'node:crypto'
import type { tl } from '@mtcute/core'
import { computePasswordHash } from '@mtcute/core/utils.js'
import { NodeCrypto } from '../../mtproto/crypto.ts'
import { power as powerOf, PRIME } from './handshake.ts'

const P = number(PRIME)
const G = 3n
const crypto = new NodeCrypto()
const hash = (...parts: Uint8Array[]) => crypto.sha256(Buffer.concat(parts))

export interface SrpTry {
  algo: tl.RawPasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow
  srpB: Uint8Array
  /** True for the proof of the right password. */
  verify(A: Uint8Array, M1: Uint8Array): boolean
}

/** Begins one try. */
export async function beginSrp(password: string): Promise<SrpTry> {
  const salt1 = randomBytes(8)
  const salt2 = randomBytes(8)
  const p = bytes(P)
  const algo: SrpTry['algo'] = {
    _: 'passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow',
    salt1,
    salt2,
    g: Number(G),
    p,
  }
  const x = number(await computePasswordHash(crypto, Buffer.from(password), salt1, salt2))
  const v = power(G, x)
  const k = number(hash(p, bytes(G)))
  const b = number(randomBytes(255))
  const B = (k * v + power(G, b)) % P
  const srpB = bytes(B)
  return {
    algo,
    srpB,
    verify(A, M1) {
      const u = number(hash(A, srpB))
      const S = power((number(A) * power(v, u)) % P, b)
      const left = Buffer.from(hash(p)).map((byte, i) => byte ^ (hash(bytes(G))[i] ?? 0))
      return hash(left, hash(salt1), hash(salt2), A, srpB, hash(bytes(S))).every((byte, i) => byte === M1[i])
    },
  }
}

function number(data: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(data).toString('hex') || '0'}`)
}

function bytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(512, '0'), 'hex')
}

function power(base: bigint, exponent: bigint): bigint {
  return number(powerOf(bytes(base % P), Buffer.from(evenHex(exponent), 'hex')))
}

/** A private key of the library's may have any length. */
function evenHex(value: bigint): string {
  const hex = value.toString(16)
  return hex.length % 2 === 0 ? hex : `0${hex}`
}
