/**
 * Sealed texts: what the store holds of a session opens the operator's account, so it holds it encrypted.
 *
 *   `v1.<key id>.<iv, base64url>.<ciphertext and tag, base64url>`
 *
 * AES-256-GCM; version, key id and the name of the record are bound in, so that a text put under another operator's
 * name does not open. The first key seals, all of them open.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

const TAG = 16

export function seal(keys: readonly Buffer[], name: string, content: unknown): string {
  const [key] = keys
  if (!key) throw new Error('there is no key to seal with')
  const id = idOf(key)
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(boundIn(id, name))
  const sealed = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final(), cipher.getAuthTag()])
  return `v1.${id}.${iv.toString('base64url')}.${sealed.toString('base64url')}`
}

export interface Opened {
  content: unknown
  /** True where another key than the first one opened it, so that it should be sealed anew. */
  isOld: boolean
}

/** @returns null for what no key opens: cut, changed, of another name, or of a key that is gone */
export function open(keys: readonly Buffer[], name: string, text: string): Opened | null {
  const [, id = '', iv = '', sealed = ''] = /^v1\.([\w-]{8})\.([\w-]{16})\.([\w-]+)$/.exec(text) ?? []
  const key = keys.find((one) => idOf(one) === id)
  const bytes = Buffer.from(sealed, 'base64url')
  if (!key || bytes.length <= TAG) return null
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'))
    decipher.setAAD(boundIn(id, name)).setAuthTag(bytes.subarray(-TAG))
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, -TAG)), decipher.final()])
    return { content: JSON.parse(plain.toString()), isOld: key !== keys[0] }
  } catch {
    return null
  }
}

function boundIn(id: string, name: string): Buffer {
  return Buffer.from(`v1.${id}.${name}`)
}

function idOf(key: Buffer): string {
  return createHmac('sha256', key).update('key id').digest('base64url').slice(0, 8)
}
