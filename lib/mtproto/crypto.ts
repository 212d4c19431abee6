/** The cryptography that the MTProto library asks for, by node:crypto: no native package, no WebAssembly. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  pbkdf2,
  randomFillSync,
  type CipherGCMTypes,
} from 'node:crypto'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import {
  BaseCryptoProvider,
  type IAesCtr,
  type ICryptoProvider,
  type IEncryptionScheme,
} from '@mtcute/core/utils.js'

/** More than any answer that is asked for here; a packed answer that unpacks to more is refused, in bytes. */
const UNPACKED_LIMIT = 16 * 1024 * 1024
const BLOCK = 16

const derive = promisify(pbkdf2)

export class NodeCrypto extends BaseCryptoProvider implements ICryptoProvider {
  sha1(data: Uint8Array): Uint8Array {
    return createHash('sha1').update(data).digest()
  }
  sha256(data: Uint8Array): Uint8Array {
    return createHash('sha256').update(data).digest()
  }
  hmacSha256(data: Uint8Array, key: Uint8Array): Uint8Array {
    return createHmac('sha256', key).update(data).digest()
  }
  pbkdf2(
    password: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    length = 64,
    digest = 'sha512',
  ): Promise<Uint8Array> {
    return derive(password, salt, iterations, length, digest)
  }
  createAesCtr(key: Uint8Array, iv: Uint8Array): IAesCtr {
    const cipher = createCipheriv(`aes-${key.length * 8}-ctr` as CipherGCMTypes, key, iv)
    return { process: (data) => cipher.update(data) }
  }
  createAesIge(key: Uint8Array, iv: Uint8Array): IEncryptionScheme {
    return {
      encrypt: (data) =>
        ige(createCipheriv('aes-256-ecb', key, null), data, iv.subarray(0, BLOCK), iv.subarray(BLOCK)),
      decrypt: (data) =>
        ige(createDecipheriv('aes-256-ecb', key, null), data, iv.subarray(BLOCK), iv.subarray(0, BLOCK)),
    }
  }
  gzip(data: Uint8Array, maxSize: number): Uint8Array | null {
    try {
      return gzipSync(data, { maxOutputLength: maxSize })
    } catch {
      // Longer than it may be: the library then sends it as it is.
      return null
    }
  }
  gunzip(data: Uint8Array): Uint8Array {
    return gunzipSync(data, { maxOutputLength: UNPACKED_LIMIT })
  }
  randomFill(buffer: Uint8Array): void {
    randomFillSync(buffer)
  }
}

/**
 * AES in IGE mode over one ECB cipher: each block is mixed with the output before it, and its result with the input
 * before it. Decrypting is the same with the two halves of the vector changed round.
 * @param previousOut what the first block is mixed with @param previousIn what its result is mixed with
 */
function ige(
  cipher: ReturnType<typeof createCipheriv> | ReturnType<typeof createDecipheriv>,
  data: Uint8Array,
  previousOut: Uint8Array,
  previousIn: Uint8Array,
): Uint8Array {
  cipher.setAutoPadding(false)
  const result = new Uint8Array(data.length)
  const mixed = new Uint8Array(BLOCK)
  for (let at = 0; at < data.length; at += BLOCK) {
    const block = data.subarray(at, at + BLOCK)
    for (let i = 0; i < BLOCK; i++) mixed[i] = (block[i] ?? 0) ^ (previousOut[i] ?? 0)
    const turned = cipher.update(mixed)
    const out = result.subarray(at, at + BLOCK)
    for (let i = 0; i < BLOCK; i++) out[i] = (turned[i] ?? 0) ^ (previousIn[i] ?? 0)
    previousOut = out
    previousIn = block
  }
  return result
}
