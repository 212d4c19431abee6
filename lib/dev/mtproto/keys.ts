/** The test server's RSA key: made once a process, because making one takes long. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { parsePublicKey } from '@mtcute/core/utils.js'
import { NodeCrypto } from '../../mtproto/crypto.ts'

export interface ServerKey {
  privateKey: KeyObject
  /** PKCS#1 PEM. */
  publicPem: string
  /** Hex. */
  fingerprint: string
}

let made: ServerKey | null = null

export function serverKey(): ServerKey {
  made ??= make()
  return made
}

function make(): ServerKey {
  for (;;) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const publicPem = publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()
    const { fingerprint } = parsePublicKey(new NodeCrypto(), publicPem)
    // The library compares fingerprints as text without leading zeros, so one that has any never matches.
    if (!fingerprint.startsWith('0')) return { privateKey, publicPem, fingerprint }
  }
}
