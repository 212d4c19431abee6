/** MTProto's encrypted messages, from the server's side. */
import { randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Long } from '@mtcute/core'
import {
  __tlReaderMap,
  __tlWriterMap,
  createAesIgeForMessage,
  TlBinaryReader,
  TlBinaryWriter,
} from '@mtcute/core/utils.js'
import { NodeCrypto } from '../../mtproto/crypto.ts'
import type { Key } from './cloud.ts'
import type { TlRequest } from './schema.ts'

const VECTOR = 0x1cb5c415
const PACKED = 0x3072cfa1
/** From this size on answers are packed, as Telegram's are, in bytes. */
const PACKED_FROM = 1024
const crypto = new NodeCrypto()

export interface Message {
  salt: Long
  session: Long
  id: Long
  body: Buffer
}

/** Reads what a client has encrypted with this key. */
export function openMessage(key: Key, data: Buffer): Message {
  const messageKey = data.subarray(8, 24)
  const cipher = createAesIgeForMessage(crypto, key.bytes, messageKey, true)
  const inner = Buffer.from(cipher.decrypt(data.subarray(24)))
  const reader = new TlBinaryReader(__tlReaderMap, inner)
  const [salt, session, id] = [reader.long(), reader.long(), reader.long()]
  reader.uint()
  return { salt, session, id, body: inner.subarray(32, 32 + reader.uint()) }
}

export function sealMessage(
  key: Key,
  { salt, session, id, body }: Omit<Message, 'body'> & { body: Uint8Array },
): Buffer {
  const padding = randomBytes(12 + ((16 - ((32 + body.length + 12) % 16)) % 16))
  const head = TlBinaryWriter.manual(32)
  head.long(salt)
  head.long(session)
  head.long(id)
  head.uint(1)
  head.uint(body.length)
  const text = Buffer.concat([head.result(), body, padding])
  const messageKey = crypto.sha256(Buffer.concat([key.bytes.subarray(96, 128), text])).subarray(8, 24)
  const sealed = createAesIgeForMessage(crypto, key.bytes, messageKey, false).encrypt(text)
  return Buffer.concat([Buffer.from(key.id, 'hex'), messageKey, sealed])
}

export function unpack(reader: TlBinaryReader): Buffer {
  reader.uint()
  return gunzipSync(reader.bytes())
}

/** An answer as it is sent: a long one packed. */
export function pack(body: Uint8Array): Uint8Array {
  if (body.length < PACKED_FROM) return body
  const zipped = gzipSync(body)
  const writer = TlBinaryWriter.manual(zipped.length + 12)
  writer.uint(PACKED)
  writer.bytes(zipped)
  return writer.result()
}

/** What initConnection and its like carry. */
export function unwrapped(request: TlRequest): TlRequest {
  const query = request['query']
  return query && /^(invoke|initConnection)/.test(request._) ? unwrapped(query as TlRequest) : request
}

/** @param result an object of the schema, or a list of them */
export function serialize(result: object): Uint8Array {
  if (!Array.isArray(result)) {
    if ((result as { _: string })._ === 'boolTrue') return Buffer.from('b5757299', 'hex')
    return TlBinaryWriter.serializeObject(__tlWriterMap, result as { _: string })
  }
  const head = TlBinaryWriter.manual(8)
  head.uint(VECTOR)
  head.uint(result.length)
  const items = result.map((item: { _: string }) => TlBinaryWriter.serializeObject(__tlWriterMap, item))
  return Buffer.concat([head.result(), ...items])
}

export function serializeRefusal(errorCode: number, errorMessage: string): Uint8Array {
  const object = { _: 'mt_rpc_error', errorCode, errorMessage }
  return TlBinaryWriter.serializeObject(__tlWriterMap, object)
}
