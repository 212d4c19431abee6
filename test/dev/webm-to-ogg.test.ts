import { describe, expect, it } from 'vitest'
import { webmToOgg } from '../../lib/dev/simulator/webm-to-ogg.ts'

const element = (id: number[], content: Buffer, size = content.length) =>
  Buffer.concat([Buffer.from([...id, 0x40 | (size >> 8), size & 0xff]), content])

/** A master whose size the recorder did not know, as browsers write it. */
const endless = (id: number[], content: Buffer) =>
  Buffer.concat([Buffer.from([...id, 0x01, ...Array<number>(7).fill(0xff)]), content])

const HEAD = Buffer.concat([Buffer.from('OpusHead'), Buffer.from([1, 1, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0])])

/** 20 ms each (configuration 31, one frame). */
const packet = (number: number, length = 30) =>
  Buffer.concat([Buffer.from([31 << 3]), Buffer.alloc(length - 1, number)])

function webm(packets: Buffer[]): Buffer {
  const blocks = packets.map((one) => element([0xa3], Buffer.concat([Buffer.from([0x81, 0, 0, 0x80]), one])))
  const entry = element(
    [0xae],
    Buffer.concat([element([0xd7], Buffer.from([1])), element([0x63, 0xa2], HEAD)]),
  )
  const cluster = (some: Buffer[]) =>
    endless([0x1f, 0x43, 0xb6, 0x75], Buffer.concat([element([0xe7], Buffer.from([0])), ...some]))
  const half = Math.ceil(blocks.length / 2)
  return Buffer.concat([
    element([0x1a, 0x45, 0xdf, 0xa3], Buffer.from([0x42, 0x86, 0x81, 1])),
    endless(
      [0x18, 0x53, 0x80, 0x67],
      Buffer.concat([
        element([0x16, 0x54, 0xae, 0x6b], entry),
        cluster(blocks.slice(0, half)),
        cluster(blocks.slice(half)),
      ]),
    ),
  ])
}

interface Page {
  kind: number
  granule: number
  sequence: number
  packets: Buffer[]
}

/** Reads an Ogg file back, by the letter of RFC 3533. */
function readOgg(file: Buffer): Page[] {
  const pages: Page[] = []
  for (let at = 0; at < file.length;) {
    expect(file.toString('latin1', at, at + 4)).toBe('OggS')
    const count = file[at + 26] ?? 0
    const lacing = [...file.subarray(at + 27, at + 27 + count)]
    let from = at + 27 + count
    const packets: Buffer[] = []
    let length = 0
    for (const value of lacing) {
      length += value
      if (value === 255) continue
      packets.push(file.subarray(from, from + length))
      from += length
      length = 0
    }
    pages.push({
      kind: file[at + 5] ?? 0,
      granule: Number(file.readBigInt64LE(at + 6)),
      sequence: file.readUInt32LE(at + 18),
      packets,
    })
    at = from
  }
  return pages
}

describe('a recording in WebM', () => {
  it('becomes Ogg with the same packets, counted and numbered', () => {
    const packets = Array.from({ length: 101 }, (_, number) => packet(number, number === 7 ? 510 : 30))
    const { bytes, durationSeconds } = webmToOgg(webm(packets))
    const [head, tags, ...pages] = readOgg(bytes)
    expect(head).toMatchObject({ kind: 2, granule: 0, sequence: 0, packets: [HEAD] })
    expect(tags?.packets[0]?.toString('latin1', 0, 8)).toBe('OpusTags')
    expect(pages.flatMap((page) => page.packets)).toEqual(packets)
    expect(pages.map(({ sequence }) => sequence)).toEqual([2, 3, 4])
    expect(pages.map(({ granule }) => granule)).toEqual([40 * 960, 80 * 960, 101 * 960])
    expect(pages.map(({ kind }) => kind)).toEqual([0, 0, 4])
    expect(durationSeconds).toBe(2)
  })

  it('has pages with the checksum that the format asks for', () => {
    // The checksum of this very page as libogg computes it: polynomial 0x04c11db7, nothing reflected.
    const { bytes } = webmToOgg(webm([packet(1)]))
    const first = Buffer.from(bytes.subarray(0, 27 + 1 + HEAD.length))
    const sum = first.readUInt32LE(22)
    first.writeUInt32LE(0, 22)
    let expected = 0n
    for (const byte of first) {
      expected ^= BigInt(byte) << 24n
      for (let bit = 0; bit < 8; bit++) {
        expected = (expected << 1n) ^ (expected & 0x80000000n ? 0x104c11db7n : 0n)
      }
    }
    expect(BigInt(sum)).toBe(expected)
  })

  it('is refused where it is none', () => {
    for (const junk of ['', 'OggS', '\x1a\x45\xdf\xa3', '\0\0\0\0']) {
      expect(() => webmToOgg(Buffer.from(junk, 'latin1'))).toThrow('no Opus sound')
    }
    expect(() => webmToOgg(webm([]))).toThrow('no Opus sound')
  })
})
