import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { NodeCrypto } from '../../lib/mtproto/crypto.ts'

const crypto = new NodeCrypto()
const KEY = Buffer.from('000102030405060708090A0B0C0D0E0F', 'hex')

it('IGE decrypts what it has encrypted', () => {
  const ige = crypto.createAesIge(Buffer.concat([KEY, KEY]), Buffer.alloc(32, 7))
  const data = crypto.randomBytes(160)
  expect(Buffer.from(ige.decrypt(ige.encrypt(data)))).toEqual(Buffer.from(data))
})

it('IGE gives the answer of OpenSSL’s IGE', () => {
  // What mtcute's own suite holds against OpenSSL.
  const key = Buffer.from('5468697320697320616E20696D706C655468697320697320616E20696D706C65', 'hex')
  const iv = Buffer.from('6D656E746174696F6E206F6620494745206D6F646520666F72204F70656E5353', 'hex')
  const data = Buffer.from('99706487A1CDE613BC6DE0B6F24B1C7AA448C8B9C3403E3467A8CAD89340F53B', 'hex')
  const encrypted = Buffer.from(crypto.createAesIge(key, iv).encrypt(data)).toString('hex')
  expect(encrypted).toBe('792ea8ae577b1a66cb3bd92679b8030ca54ee631976bd3a04547fdcb4639fa69')
})

it('a packed answer that unpacks to more than the limit is refused', () => {
  expect(() => crypto.gunzip(gzipSync(Buffer.alloc(17 * 1024 * 1024)))).toThrow(RangeError)
})

it('what packing makes no smaller than asked is sent unpacked', () => {
  expect(crypto.gzip(crypto.randomBytes(100), 90)).toBeNull()
})
