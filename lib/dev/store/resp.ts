/**
 * A minimal RESP2 client for the store front and the tests.
 *
 * It is binary-safe and keeps 64-bit integers exact. Other clients turn an integer reply into a double, which changes
 * a fence or an id of more than 53 bits without an error.
 */
import { connect, type Socket } from 'node:net'

/** An error reply (`-ERR …`). A value, not an exception, because a pipeline can have several replies. */
export class RespError {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/**
 * Strings are bytes, a view of the network buffer: decode or copy them to keep them. An integer is a number where that
 * is exact, else a bigint. Null bulk and null array are null.
 */
export type RespReply = Buffer | number | bigint | null | RespError | RespReply[]
type RespArg = string | Buffer

/** The connection failed: the commands in flight may have run or not. */
export class RespConnectionError extends Error {
  override readonly name = 'RespConnectionError'
}

export interface RespClient {
  /** Sends one command. @throws RespConnectionError (also by rejection of everything in flight). */
  command(...args: RespArg[]): Promise<RespReply>
  /**
   * Sends commands in one write, so that no other command of this client comes between them. Resolves to the replies
   * in order. @throws RespConnectionError
   */
  pipeline(commands: readonly (readonly RespArg[])[]): Promise<RespReply[]>
  /** Drops the connection; commands in flight and later ones are rejected. */
  close(): void
}

interface Pending {
  readonly expected: number
  readonly replies: RespReply[]
  resolve(replies: RespReply[]): void
  reject(error: Error): void
}

/**
 * A client of the Redis on 127.0.0.1:`port`. It connects at the first command, and again at the next command after the
 * connection failed. It never sends a command twice.
 */
export function createRespClient(options: { port: number }): RespClient {
  let current: { socket: Socket; pending: Pending[] } | null = null
  let closed = false

  const open = (): { socket: Socket; pending: Pending[] } => {
    const pending: Pending[] = []
    const socket = connect({ host: '127.0.0.1', port: options.port, noDelay: true })
    const connection = { socket, pending }
    let cause: unknown
    const parser = new ReplyParser((reply) => {
      const first = pending[0]
      if (first === undefined) throw new Error('a reply that no command asked for')
      first.replies.push(reply)
      if (first.replies.length < first.expected) return
      pending.shift()
      first.resolve(first.replies)
    })
    socket.on('data', (chunk) => {
      try {
        parser.push(chunk)
      } catch (error) {
        // The stream is invalid: later replies cannot be matched to their commands.
        cause = error
        socket.destroy()
      }
    })
    socket.on('error', (error) => {
      cause = error
    })
    socket.on('close', () => {
      if (current === connection) current = null
      const reason = cause instanceof Error ? cause.message : 'closed'
      const message = `connection to Redis at 127.0.0.1:${options.port} lost: ${reason}`
      for (const waiting of pending.splice(0)) waiting.reject(new RespConnectionError(message, { cause }))
    })
    return connection
  }

  const pipeline = (commands: readonly (readonly RespArg[])[]): Promise<RespReply[]> =>
    new Promise((resolve, reject) => {
      if (commands.length === 0) return resolve([])
      if (closed) return reject(new RespConnectionError('the Redis client is closed'))
      const connection = (current ??= open())
      connection.pending.push({ expected: commands.length, replies: [], resolve, reject })
      connection.socket.write(encodeCommands(commands))
    })

  return {
    pipeline,
    command: async (...args) => (await pipeline([args]))[0] as RespReply,
    close() {
      closed = true
      current?.socket.destroy()
    },
  }
}

/** Encodes commands: as text (one UTF-8 write) unless an argument is bytes. */
function encodeCommands(commands: readonly (readonly RespArg[])[]): string | Buffer {
  const parts: Buffer[] = []
  let text = ''
  for (const args of commands) {
    text += `*${args.length}\r\n`
    for (const arg of args) {
      // A lone surrogate is counted and written as the 3 bytes of U+FFFD, so the length matches the body.
      if (typeof arg === 'string') text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`
      else {
        parts.push(Buffer.from(`${text}$${arg.length}\r\n`), arg)
        text = '\r\n'
      }
    }
  }
  return parts.length === 0 ? text : Buffer.concat([...parts, Buffer.from(text)])
}

const INCOMPLETE = Symbol('incomplete')
const OPENED = Symbol('an array was opened')

/** Splits a byte stream into replies. Reads each byte once, in any split by the network. */
class ReplyParser {
  readonly #onReply: (reply: RespReply) => void
  /** Incomplete arrays, outermost first. A stack instead of recursion: deep nesting cannot overflow the call stack. */
  readonly #open: { items: RespReply[]; left: number }[] = []
  #chunks: Buffer[] = []
  #held = 0
  #needed = 1
  #buffer: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(onReply: (reply: RespReply) => void) {
    this.#onReply = onReply
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#held += chunk.length
    // A large string arrives in hundreds of chunks: join them once, when it is complete.
    if (this.#held < this.#needed) return
    this.#buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    this.#at = 0
    this.#needed = 1
    while (this.#at < this.#buffer.length) {
      const item = this.#next()
      if (item === INCOMPLETE) break
      if (item !== OPENED) this.#deliver(item)
    }
    const rest = this.#buffer.subarray(this.#at)
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#held = rest.length
  }

  #deliver(item: RespReply): void {
    let reply = item
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      top.items.push(reply)
      top.left -= 1
      if (top.left > 0) return
      this.#open.pop()
      reply = top.items
    }
    this.#onReply(reply)
  }

  /** Reads one item at `#at` and moves past it. If it is incomplete, stores how many bytes it needs. */
  #next(): RespReply | typeof INCOMPLETE | typeof OPENED {
    const buffer = this.#buffer
    const start = this.#at
    const end = buffer.indexOf(13, start + 1)
    if (end < 0 || end + 1 >= buffer.length) {
      this.#needed = buffer.length - start + 1
      return INCOMPLETE
    }
    const line = buffer.subarray(start + 1, end)
    const body = end + 2
    switch (buffer[start] ?? 0) {
      case 43: // +
        this.#at = body
        return line
      case 45: // -
        this.#at = body
        return new RespError(line.toString())
      case 58: // :
        this.#at = body
        return exactInteger(line.toString('latin1'))
      case 36: {
        // $
        const length = Number(line.toString('latin1'))
        if (length >= 0 && buffer.length < body + length + 2) {
          this.#needed = body + length + 2 - start
          return INCOMPLETE
        }
        this.#at = length < 0 ? body : body + length + 2
        return length < 0 ? null : buffer.subarray(body, body + length)
      }
      case 42: {
        // *
        const count = Number(line.toString('latin1'))
        this.#at = body
        if (count < 0) return null
        if (count === 0) return []
        this.#open.push({ items: [], left: count })
        return OPENED
      }
      default:
        throw new Error(`not a RESP2 reply: it begins with byte ${buffer[start]}`)
    }
  }
}

function exactInteger(digits: string): number | bigint {
  const value = Number(digits)
  return Number.isSafeInteger(value) ? value : BigInt(digits)
}
