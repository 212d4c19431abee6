/** The server's side of making a key: RSA, then Diffie-Hellman, in plain messages. */
import { constants, createDiffieHellman, privateDecrypt, randomBytes, type DiffieHellman } from 'node:crypto'
import { Long } from '@mtcute/core'
import {
  __tlReaderMap,
  __tlWriterMap,
  generateKeyAndIvFromNonce,
  TlBinaryReader,
  TlBinaryWriter,
} from '@mtcute/core/utils.js'
import { NodeCrypto } from '../../mtproto/crypto.ts'
import type { ServerKey } from './keys.ts'
import type { TlRequest } from './schema.ts'

/** Telegram's own prime, which the client knows and need not check. */
export const PRIME = Buffer.from(
  'C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F642477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B',
  'hex',
)
const PQ = Buffer.from('17ED48941A08F981', 'hex')
const crypto = new NodeCrypto()

let group: DiffieHellman | null = null

/** One a process: node checks the prime for a quarter of a second. */
function dh(): DiffieHellman {
  if (!group) {
    group = createDiffieHellman(PRIME, Buffer.from([3]))
    group.generateKeys()
  }
  return group
}

/** Modular powers by the same object: in JavaScript's own numbers each takes a tenth of a second. */
export function power(base: Uint8Array, exponent: Uint8Array): Buffer {
  const own = dh().getPrivateKey()
  dh().setPrivateKey(exponent)
  const secret = dh().computeSecret(base)
  dh().setPrivateKey(own)
  return Buffer.concat([Buffer.alloc(256 - secret.length), secret])
}

export interface MadeKey {
  key: Buffer
  salt: Long
}

/** @returns answers one plain message after the other; calls `onKey` before the last answer */
export function createHandshake(
  server: ServerKey,
  timeSeconds: () => number,
  onKey: (made: MadeKey) => void,
): (body: Uint8Array) => Uint8Array {
  const serverNonce = randomBytes(16)
  let newNonce: Uint8Array = new Uint8Array()
  const steps: Record<string, (request: TlRequest) => { _: string }> = {
    mt_req_pq_multi: ({ nonce }) =>
      tl({
        _: 'mt_resPQ',
        nonce,
        serverNonce,
        pq: PQ,
        serverPublicKeyFingerprints: [Long.fromString(server.fingerprint, true, 16)],
      }),
    mt_req_DH_params: ({ nonce, encryptedData }) => {
      const inner = TlBinaryReader.deserializeObject<TlRequest>(
        __tlReaderMap,
        unpad(server, encryptedData as Uint8Array),
      )
      newNonce = inner['newNonce'] as Uint8Array
      const answer = TlBinaryWriter.serializeObject(
        __tlWriterMap,
        tl({
          _: 'mt_server_DH_inner_data',
          nonce,
          serverNonce,
          g: 3,
          dhPrime: PRIME,
          gA: dh().getPublicKey(),
          serverTime: timeSeconds(),
        }),
      )
      const hashed = Buffer.concat([crypto.sha1(answer), answer])
      const padded = Buffer.concat([hashed, randomBytes((16 - (hashed.length % 16)) % 16)])
      const encryptedAnswer = cipher(serverNonce, newNonce).encrypt(padded)
      return tl({ _: 'mt_server_DH_params_ok', nonce, serverNonce, encryptedAnswer })
    },
    mt_set_client_DH_params: ({ nonce, encryptedData }) => {
      const plain = cipher(serverNonce, newNonce).decrypt(encryptedData as Uint8Array)
      const inner = TlBinaryReader.deserializeObject<TlRequest>(__tlReaderMap, plain, 20)
      const secret = dh().computeSecret(inner['gB'] as Uint8Array)
      const key = Buffer.concat([Buffer.alloc(256 - secret.length), secret])
      const low = Buffer.from(newNonce.subarray(0, 8)).map((byte, i) => byte ^ (serverNonce[i] ?? 0))
      onKey({ key, salt: Long.fromBytesLE([...low]) })
      const aux = crypto.sha1(key).subarray(0, 8)
      const newNonceHash1 = crypto.sha1(Buffer.concat([newNonce, Buffer.from([1]), aux])).subarray(4, 20)
      return tl({ _: 'mt_dh_gen_ok', nonce, serverNonce, newNonceHash1 })
    },
  }
  return (body) => {
    const request = TlBinaryReader.deserializeObject<TlRequest>(__tlReaderMap, body)
    const step = steps[request._]
    if (!step) throw new Error(`no step of a handshake: ${request._}`)
    return TlBinaryWriter.serializeObject(__tlWriterMap, step(request))
  }
}

function tl(object: { _: string; [name: string]: unknown }): { _: string } {
  return object
}

function cipher(serverNonce: Uint8Array, newNonce: Uint8Array) {
  return crypto.createAesIge(...generateKeyAndIvFromNonce(crypto, serverNonce, newNonce))
}

/** Undoes RSA_PAD. */
function unpad({ privateKey }: ServerKey, encrypted: Uint8Array): Uint8Array {
  const plain = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encrypted)
  const packed = plain.subarray(32)
  const mask = crypto.sha256(packed)
  const key = Buffer.from(plain.subarray(0, 32).map((byte, i) => byte ^ (mask[i] ?? 0)))
  const data = crypto.createAesIge(key, new Uint8Array(32)).decrypt(packed).slice(0, 192)
  return data.reverse()
}
