/** Server-Sent Events: what happens is sent at once to every open page. */
import type { FeedEvent } from './wire.ts'

/** Proxies and browsers close a connection that is silent for longer, in ms. */
const HEARTBEAT_MS = 15_000

export interface Feed {
  publish(event: FeedEvent): void
  /** Publishes the newest of the events with this key, at the end of a short while. */
  publishSoon(key: string, event: FeedEvent): void
  /** The answer to one page. */
  open(signal: AbortSignal): Response
  close(): void
}

const SOON_MS = 30

export function createFeed(): Feed {
  const readers = new Set<ReadableStreamDefaultController<Uint8Array>>()
  const waiting = new Map<string, FeedEvent>()
  const encoder = new TextEncoder()
  let soon: NodeJS.Timeout | undefined

  const write = (reader: ReadableStreamDefaultController<Uint8Array>, text: string) => {
    try {
      reader.enqueue(encoder.encode(text))
    } catch {
      // The page was closed between two events.
      readers.delete(reader)
    }
  }
  const send = (text: string) => {
    for (const reader of readers) write(reader, text)
  }
  const publish = (event: FeedEvent) => {
    if (readers.size > 0) send(`data: ${JSON.stringify(event)}\n\n`)
  }
  const heartbeat = setInterval(() => send(': still there\n\n'), HEARTBEAT_MS)
  heartbeat.unref()

  return {
    publish,
    publishSoon(key, event) {
      waiting.set(key, event)
      soon ??= setTimeout(() => {
        soon = undefined
        const events = [...waiting.values()]
        waiting.clear()
        for (const one of events) publish(one)
      }, SOON_MS)
    },
    open(signal) {
      let mine: ReadableStreamDefaultController<Uint8Array> | undefined
      const leave = () => mine && readers.delete(mine)
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          mine = controller
          readers.add(controller)
          write(controller, 'retry: 500\n\n')
        },
        cancel: () => void leave(),
      })
      signal.addEventListener('abort', () => leave(), { once: true })
      return new Response(body, {
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
      })
    },
    close() {
      clearInterval(heartbeat)
      clearTimeout(soon)
      for (const reader of readers) {
        try {
          reader.close()
        } catch {
          // Closed by its reader.
        }
      }
      readers.clear()
    },
  }
}
