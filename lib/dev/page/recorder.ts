/** A voice message from the microphone. */

export interface Recording {
  /** Ends it. */
  stop(): Promise<{ bytes: Blob; durationSeconds: number }>
  /** Ends it and forgets it. */
  cancel(): void
}

/** Telegram's own clients send Ogg; browsers that cannot make it send what they can. */
const TYPES = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus', 'audio/mp4']

/** @throws Error where there is no microphone, or it may not be used */
export async function record(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one))
  const recorder = new MediaRecorder(stream, type === undefined ? {} : { mimeType: type })
  const parts: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
  const ended = new Promise<void>((resolve) =>
    recorder.addEventListener('stop', () => resolve(), { once: true }),
  )
  const started = performance.now()
  recorder.start()
  const end = () => {
    recorder.stop()
    for (const track of stream.getTracks()) track.stop()
  }
  return {
    async stop() {
      const durationSeconds = Math.max(1, Math.round((performance.now() - started) / 1000))
      end()
      await ended
      return { bytes: new Blob(parts, { type: recorder.mimeType }), durationSeconds }
    },
    cancel: end,
  }
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
