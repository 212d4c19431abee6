/** Records a voice message from the microphone. */

/** A voice message in the form that the server accepts. */
export interface Voice {
  base64: string
  mimeType: string
  durationSeconds: number
}

export interface Recording {
  elapsedMs(): number
  /** Ends the recording. @returns a function that reads it */
  stop(): () => Promise<Voice>
  /** Ends the recording and discards it. */
  cancel(): void
}

/** Telegram's clients send Ogg. A browser that cannot record Ogg uses the first of the others. */
const TYPES = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus', 'audio/mp4']

/**
 * @param signal cancels the recording, also while the browser asks for permission
 * @throws Error where there is no microphone, the browser refuses it, or `signal` aborts first
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
    // The recorder is already inactive if the microphone was disconnected.
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

/** Stops the microphone, and with it the browser's recording indicator. */
function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

/** Encodes a file as the server expects it. */
export async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  }
  return btoa(text)
}
