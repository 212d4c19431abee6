/** A voice message from the microphone. */

/** As the server takes it. */
export interface Voice {
  base64: string
  mimeType: string
  durationSeconds: number
}

export interface Recording {
  elapsedMs(): number
  /** Ends it. @returns what reads it */
  stop(): () => Promise<Voice>
  /** Ends it and forgets it. */
  cancel(): void
}

/** Telegram's own clients send Ogg; browsers that cannot make it send what they can. */
const TYPES = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus', 'audio/mp4']

/**
 * @param signal cancels it, also while the microphone is still being asked for
 * @throws Error where there is no microphone, or it may not be used, or `signal` came first
 */
export async function record(signal: AbortSignal): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  try {
    signal.throwIfAborted()
    return begin(stream, signal)
  } catch (error) {
    release(stream)
    throw error
  }
}

function begin(stream: MediaStream, signal: AbortSignal): Recording {
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one))
  const recorder = new MediaRecorder(stream, type === undefined ? {} : { mimeType: type })
  const parts: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
  const ended = new Promise<void>((resolve) =>
    recorder.addEventListener('stop', () => resolve(), { once: true }),
  )
  recorder.start()
  const started = performance.now()
  const elapsedMs = () => performance.now() - started
  const end = () => {
    signal.removeEventListener('abort', end)
    // It ends by itself where the microphone is pulled out.
    if (recorder.state !== 'inactive') recorder.stop()
    release(stream)
  }
  signal.addEventListener('abort', end)
  return {
    elapsedMs,
    stop() {
      const durationSeconds = Math.max(1, Math.round(elapsedMs() / 1000))
      end()
      return async () => {
        await ended
        const { mimeType } = recorder
        return { base64: await base64Of(new Blob(parts)), mimeType, durationSeconds }
      }
    },
    cancel: end,
  }
}

/** The browser shows that it listens until then. */
function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

/** A file's bytes as the server takes them. */
export async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  }
  return btoa(text)
}
