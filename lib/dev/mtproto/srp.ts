/** The server's side of the two-step password. */
import { randomBytes } from 'node:crypto'
import type { tl } from '@mtcute/core'
import { computePasswordHash } from '@mtcute/core/utils.js'
import { NodeCrypto } from '../../mtproto/crypto.ts'

const P = BigInt(
  '0xC71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F642477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B',
)
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
  let result = 1n
  let square = base % P
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}
