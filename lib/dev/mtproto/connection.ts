/** One TCP connection of a client: frames, encryption, service messages. */
import type { Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { Long } from '@mtcute/core'
import { __tlReaderMap, __tlWriterMap, TlBinaryReader, TlBinaryWriter } from '@mtcute/core/utils.js'
import { NodeCrypto } from '../../mtproto/crypto.ts'
import { RpcRefusal, type Cloud, type Key } from './cloud.ts'
import { openMessage, pack, sealMessage, serialize, serializeRefusal, unpack, unwrapped } from './envelope.ts'
import { createHandshake } from './handshake.ts'
import { serverKey } from './keys.ts'
import { callMethod } from './methods.ts'
import { isMethod, readMethod, type TlRequest } from './schema.ts'

const CONTAINER = 0x73f1f8dc
const PACKED = 0x3072cfa1
const RPC_RESULT = 0xf35c6d01
const FUTURE_SALTS = 0xae500895
const crypto = new NodeCrypto()

/** Which connections use which key at the moment; two of them with one key end it. */
export type Live = Map<string, Set<Socket>>

export function serve(socket: Socket, dc: number, cloud: Cloud, live: Live): void {
  let received = Buffer.alloc(0)
  let isTagged = false
  let lastId = Long.ZERO
  let key: Key | null = null
  const known = new Set<string>()
  const sessions = new Set<string>()
  const handshake = createHandshake(
    serverKey(),
    () => cloud.now(),
    ({ key: bytes, salt }) => {
      const id = Buffer.from(crypto.sha1(bytes).subarray(-8)).toString('hex')
      cloud.handshakes++
      const made = {
        id,
        bytes,
        dc,
        salt,
        account: null,
        pending: null,
        isRevoked: false,
        srp: null,
        token: null,
      }
      cloud.keys.set(id, made)
    },
  )

  socket.on('error', () => {})
  socket.on('close', () => key && live.get(key.id)?.delete(socket))
  socket.on('data', (chunk) => {
    if (cloud.faults.isMute) return
    received = Buffer.concat([received, chunk])
    if (!isTagged && received.length >= 4) {
      isTagged = true
      received = received.subarray(4)
    }
    while (received.length >= 4 && received.length >= 4 + received.readUInt32LE(0)) {
      const length = received.readUInt32LE(0)
      const frame = received.subarray(4, 4 + length)
      received = received.subarray(4 + length)
      if (frame.readBigUInt64LE(0) === 0n) plain(frame)
      else void encrypted(frame)
    }
  })

  const frame = (body: Uint8Array) => {
    if (socket.destroyed) return
    const head = Buffer.alloc(4)
    head.writeUInt32LE(body.length)
    socket.write(Buffer.concat([head, body]))
  }
  const transportError = (code: number) => {
    const body = Buffer.alloc(4)
    body.writeInt32LE(code)
    frame(body)
  }
  /** Odd and rising: 1 mod 4 for answers, 3 mod 4 for the rest. */
  const nextId = (isAnswer: boolean): Long => {
    const wanted = new Long((Date.now() % 1000) << 21, cloud.now())
      .and(Long.fromNumber(3).not())
      .or(isAnswer ? 1 : 3)
    lastId = wanted.gt(lastId)
      ? wanted
      : lastId
          .add(4)
          .and(Long.fromNumber(3).not())
          .or(isAnswer ? 1 : 3)
    return lastId
  }

  const plain = (body: Buffer) => {
    let answer = Buffer.from(handshake(body.subarray(20)))
    if (answer.readUInt32LE(0) === 1003222836 && cloud.faults.brokenHandshakes > 0) {
      cloud.faults.brokenHandshakes--
      answer = Buffer.concat([answer.subarray(0, -1), Buffer.from([(answer.at(-1) ?? 0) ^ 1])])
    }
    const head = TlBinaryWriter.manual(20)
    head.long(Long.ZERO)
    head.long(nextId(true))
    head.uint(answer.length)
    frame(Buffer.concat([head.result(), answer]))
  }

  const encrypted = async (data: Buffer) => {
    const found = cloud.keys.get(data.subarray(0, 8).toString('hex'))
    if (!found || found.dc !== dc) return transportError(-404)
    if (key !== found) {
      key = found
      const sockets = live.get(found.id) ?? new Set()
      live.set(found.id, sockets.add(socket))
      // A connection that the client has just closed is still to be read to its end.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    const { salt, session, id, body } = openMessage(found, data)
    await message({ key: found, salt, session }, id, body, true)
  }

  interface Peer {
    key: Key
    salt: Long
    session: Long
  }

  const send = ({ key: to, session }: Peer, body: Uint8Array, isAnswer = true) =>
    frame(sealMessage(to, { salt: to.salt, session, id: nextId(isAnswer), body }))
  const sendObject = (peer: Peer, object: { _: string; [name: string]: unknown }, isAnswer = true) =>
    send(peer, TlBinaryWriter.serializeObject(__tlWriterMap, object), isAnswer)

  const message = async (peer: Peer, id: Long, body: Buffer, isOuter: boolean): Promise<void> => {
    if (isOuter) {
      const seconds = id.shru(32).toNumber()
      const late = cloud.now() - seconds
      const fault = late > 300 ? 16 : late < -30 ? 17 : null
      if (fault !== null) {
        sendObject(
          peer,
          { _: 'mt_bad_msg_notification', badMsgId: id, badMsgSeqno: 0, errorCode: fault },
          false,
        )
        return
      }
      if (!peer.salt.eq(peer.key.salt)) {
        sendObject(
          peer,
          {
            _: 'mt_bad_server_salt',
            badMsgId: id,
            badMsgSeqno: 0,
            errorCode: 48,
            newServerSalt: peer.key.salt,
          },
          false,
        )
        return
      }
    }
    known.add(id.toString())
    const reader = new TlBinaryReader(__tlReaderMap, body)
    const constructor = reader.peekUint()
    if (constructor === CONTAINER) {
      reader.uint()
      for (let left = reader.uint(); left > 0; left--) {
        const innerId = reader.long()
        reader.uint()
        const part = Buffer.from(reader.raw(reader.uint()))
        await message(peer, innerId, part, false)
      }
      return
    }
    if (constructor === PACKED) return message(peer, id, unpack(reader), false)
    if (!sessions.has(peer.session.toString())) {
      sessions.add(peer.session.toString())
      const uniqueId = Long.fromBytesLE([...randomBytes(8)])
      sendObject(
        peer,
        { _: 'mt_new_session_created', firstMsgId: id, uniqueId, serverSalt: peer.key.salt },
        false,
      )
    }
    if (isMethod(constructor)) return rpc(peer, id, unwrapped(readMethod(reader)))
    service(peer, id, reader.object() as TlRequest)
  }

  const service = (peer: Peer, id: Long, request: TlRequest) => {
    if (request._ === 'mt_ping' || request._ === 'mt_ping_delay_disconnect') {
      sendObject(peer, { _: 'mt_pong', msgId: id, pingId: request['pingId'] })
    } else if (request._ === 'mt_msgs_state_req') {
      const ids = request['msgIds'] as Long[]
      const info = Buffer.from(ids.map((one) => (known.has(one.toString()) ? 4 : 1)))
      sendObject(peer, { _: 'mt_msgs_state_info', reqMsgId: id, info })
    } else if (request._ === 'mt_get_future_salts') {
      const writer = TlBinaryWriter.manual(24 + 8 * 16)
      writer.uint(FUTURE_SALTS)
      writer.long(id)
      writer.int(cloud.now())
      writer.int(8)
      for (let i = 0; i < 8; i++) {
        writer.int(cloud.now() - 60 + i * 1800)
        writer.int(cloud.now() + 1800 + i * 1800)
        writer.long(i === 0 ? peer.key.salt : Long.fromBytesLE([...randomBytes(8)]))
      }
      send(peer, writer.result())
    }
  }

  const rpc = async (peer: Peer, id: Long, request: TlRequest) => {
    const sockets = live.get(peer.key.id) ?? new Set()
    const answer = (body: Uint8Array) => {
      const head = TlBinaryWriter.manual(12)
      head.uint(RPC_RESULT)
      head.long(id)
      send(peer, Buffer.concat([head.result(), body]))
    }
    const refuse = (errorCode: number, errorMessage: string) =>
      answer(serializeRefusal(errorCode, errorMessage))
    if (sockets.size > 1) {
      cloud.duplicates++
      cloud.keys.delete(peer.key.id)
      return refuse(406, 'AUTH_KEY_DUPLICATED')
    }
    const delayMs = cloud.faults.delays.get(request._)
    if (delayMs) await new Promise((resolve) => setTimeout(resolve, delayMs).unref())
    if (!cloud.keys.has(peer.key.id)) return refuse(406, 'AUTH_KEY_DUPLICATED')
    try {
      const result = await callMethod(cloud, peer.key, request)
      if (cloud.faults.lostAnswers.delete(request._)) return void socket.destroy()
      answer(pack(serialize(result)))
    } catch (error) {
      if (error instanceof RpcRefusal) refuse(error.code, error.message)
      else throw error
    }
  }
}
