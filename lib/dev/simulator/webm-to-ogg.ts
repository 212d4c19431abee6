/**
 * A browser's recording as Telegram's clients send it: they record Ogg, browsers mostly WebM, with the same Opus
 * packets inside. So the packets are taken out of the one and put into the other; no sound is changed.
 */

/** Elements that hold others; all that is wanted stands somewhere within them. */
const MASTERS = new Set([0x18538067, 0x1f43b675, 0x1654ae6b, 0xae, 0xa0])
const CODEC_PRIVATE = 0x63a2
const BLOCKS = new Set([0xa3, 0xa1])
const VENDOR = Buffer.from('evergram')
const SAMPLES_A_SECOND = 48_000
/** Packets to a page: a page has 255 length bytes, and the longest packets (1275 bytes a frame) need six. */
const PAGE_PACKETS = 40

/**
 * @returns the Ogg file and its length in whole seconds, at least one
 * @throws Error where it is no WebM with Opus in it
 */
export function webmToOgg(webm: Uint8Array): { bytes: Buffer; durationSeconds: number } {
  const { head, packets } = readWebm(Buffer.from(webm))
  if (head === null || packets.length === 0) throw new Error('the recording holds no Opus sound')
  const tags = Buffer.concat([Buffer.from('OpusTags'), uint32(VENDOR.length), VENDOR, uint32(0)])
  const pages = [page([head], 0n, 0, 2), page([tags], 0n, 1, 0)]
  let samples = 0
  for (let at = 0; at < packets.length; at += PAGE_PACKETS) {
    const some = packets.slice(at, at + PAGE_PACKETS)
    for (const packet of some) samples += samplesOf(packet)
    const isLast = at + PAGE_PACKETS >= packets.length
    pages.push(page(some, BigInt(samples), pages.length, isLast ? 4 : 0))
  }
  return {
    bytes: Buffer.concat(pages),
    durationSeconds: Math.max(1, Math.round(samples / SAMPLES_A_SECOND)),
  }
}

function readWebm(file: Buffer): { head: Buffer | null; packets: Buffer[] } {
  const packets: Buffer[] = []
  let head: Buffer | null = null
  for (let at = 0; at < file.length;) {
    const idLength = Math.clz32((file[at] ?? 0) << 24) + 1
    const sizeAt = at + idLength
    const sizeLength = Math.clz32((file[sizeAt] ?? 0) << 24) + 1
    const from = sizeAt + sizeLength
    if (idLength > 4 || sizeLength > 8 || from > file.length) break
    const id = file.readUIntBE(at, idLength)
    const size = sizeOf(file.subarray(sizeAt, from))
    // A master is gone into; its size, which a live recording does not know, is of no interest.
    if (MASTERS.has(id)) {
      at = from
      continue
    }
    const content = file.subarray(from, from + size)
    if (id === CODEC_PRIVATE && content.toString('latin1', 0, 8) === 'OpusHead') head = content
    // Track number (one byte), time (two), flags (one), then the packet: browsers do not lace.
    if (BLOCKS.has(id)) packets.push(content.subarray(4))
    at = from + size
  }
  return { head, packets: packets.filter(({ length }) => length > 0) }
}

function sizeOf(bytes: Buffer): number {
  let size = (bytes[0] ?? 0) & (0xff >> bytes.length)
  for (const byte of bytes.subarray(1)) size = size * 256 + byte
  return size
}

/** How long a packet sounds, in samples at 48 kHz (RFC 6716, 3.1). */
function samplesOf(packet: Buffer): number {
  const [toc = 0, second = 0] = packet
  const config = toc >> 3
  const tenths =
    config < 12
      ? [100, 200, 400, 600][config % 4]
      : config < 16
        ? [100, 200][config % 2]
        : [25, 50, 100, 200][config % 4]
  const frames = [1, 2, 2, second & 63][toc & 3] ?? 1
  return ((tenths ?? 200) * frames * SAMPLES_A_SECOND) / 10_000
}

/** One Ogg page (RFC 3533, 6). @param kind 2 for the first page of the file, 4 for the last */
function page(packets: Buffer[], granule: bigint, sequence: number, kind: number): Buffer {
  const lacing = packets.flatMap(({ length }) => [
    ...Array.from({ length: Math.floor(length / 255) }, () => 255),
    length % 255,
  ])
  const header = Buffer.alloc(27)
  header.write('OggS', 0, 'latin1')
  header[5] = kind
  header.writeBigInt64LE(granule, 6)
  header.writeUInt32LE(1, 14)
  header.writeUInt32LE(sequence, 18)
  header[26] = lacing.length
  const whole = Buffer.concat([header, Buffer.from(lacing), ...packets])
  whole.writeUInt32LE(checksum(whole), 22)
  return whole
}

function checksum(bytes: Buffer): number {
  let sum = 0
  for (const byte of bytes) {
    sum ^= byte << 24
    for (let bit = 0; bit < 8; bit += 1) sum = sum < 0 ? (sum << 1) ^ 0x04c11db7 : sum << 1
  }
  return sum >>> 0
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
