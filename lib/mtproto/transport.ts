/** TCP connections to Telegram: counted, and all of them closed at once when the call is over. */
import { createConnection, type Socket } from 'node:net'
import { ConnectionClosedError } from '@fuman/net'
import { IntermediatePacketCodec, type ITelegramConnection, type TelegramTransport } from '@mtcute/core'

export interface Transport extends TelegramTransport {
  /** How many connections were tried to this data centre. */
  connects(dcId: number): number
  /** Ends all connections and those that are under way; later ones are refused. */
  shut(): void
}

export function createTransport(): Transport {
  const counts = new Map<number, number>()
  const sockets = new Set<Socket>()
  let isShut = false
  return {
    packetCodec: () => new IntermediatePacketCodec(),
    connects: (dcId) => counts.get(dcId) ?? 0,
    connect: ({ id, ipAddress, port }) => {
      if (isShut) return Promise.reject(new ConnectionClosedError())
      counts.set(id, (counts.get(id) ?? 0) + 1)
      const socket = createConnection({ host: ipAddress, port, noDelay: true })
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return opened(socket)
    },
    shut() {
      isShut = true
      for (const socket of sockets) socket.destroy()
    },
  }
}

function opened(socket: Socket): Promise<ITelegramConnection> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(connectionOf(socket)))
    socket.once('error', reject)
    socket.once('close', () => reject(new ConnectionClosedError()))
  })
}

function connectionOf(socket: Socket): ITelegramConnection {
  const chunks: Uint8Array[] = []
  let isClosed = false
  let wake: (() => void) | null = null
  const changed = () => {
    wake?.()
    wake = null
  }
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    changed()
  })
  socket.on('close', () => {
    isClosed = true
    changed()
  })
  return {
    localAddress: null,
    remoteAddress: null,
    async read(into) {
      // A connection that the library closes itself must end its read as well, or the library waits for ever.
      while (chunks.length === 0) {
        if (isClosed) throw new ConnectionClosedError()
        await new Promise<void>((resolve) => (wake = resolve))
      }
      const [first = new Uint8Array()] = chunks
      const part = first.subarray(0, into.length)
      into.set(part)
      if (part.length === first.length) chunks.shift()
      else chunks[0] = first.subarray(part.length)
      return part.length
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(new ConnectionClosedError()) : resolve()))
      }),
    close() {
      isClosed = true
      socket.destroy()
      changed()
    },
  }
}
