import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { doing, tell } from '../model.ts'
import { record, type Recording, type Voice } from '../recorder.ts'
import { IconButton } from './icon.tsx'

/** Interval of the update of the recording's duration. */
const TICK_MS = 200

/**
 * Records a voice message. Must stay mounted during the recording: unmounting cancels it.
 * @param props.instead shown instead of the button while there is no recording
 * @param props.onVoice called when the voice message is sent, with a function that reads it
 */
export function Microphone(props: {
  instead: ComponentChildren | null
  onVoice: (read: () => Promise<Voice>) => void
}) {
  const [recording, setRecording] = useState<Recording | null>(null)
  const [leaving] = useState(() => new AbortController())
  const isAsking = useRef(false)
  useEffect(() => () => leaving.abort(), [leaving])

  const start = async () => {
    if (isAsking.current) return
    isAsking.current = true
    try {
      setRecording(await record(leaving.signal))
    } catch {
      if (leaving.signal.aborted) return
      tell('The microphone cannot be used; allow it in the browser, or choose a file', 'problem')
    } finally {
      isAsking.current = false
    }
  }
  if (recording === null) {
    if (props.instead !== null) return <>{props.instead}</>
    return <IconButton icon="mic" title="Record a voice message" onClick={() => doing(start())} />
  }
  const finish = () => {
    setRecording(null)
    props.onVoice(recording.stop())
  }
  const cancel = () => {
    recording.cancel()
    setRecording(null)
  }
  return (
    <>
      <span class="recording">
        <span role="status">● recording</span> <Elapsed recording={recording} />
      </span>
      <IconButton icon="close" title="Throw the recording away" onClick={cancel} />
      <IconButton icon="send" class="send" title="Send the voice message" onClick={finish} />
    </>
  )
}

function Elapsed({ recording }: { recording: Recording }) {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds(Math.floor(recording.elapsedMs() / 1000)), TICK_MS)
    return () => clearInterval(timer)
  }, [recording])
  return (
    <time>
      {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, '0')}
    </time>
  )
}
