/** The one line that says what an action did or why it failed. It stays until the next one or until closed. */
import { createContext, type ComponentChildren } from 'preact'
import { useContext, useMemo, useState } from 'preact/hooks'
import { useSpeech } from '../text/language.tsx'
import { ToneIcon } from './icon.tsx'

interface Said {
  tone: 'good' | 'bad'
  sentence: string
}

const Context = createContext<(said: Said | null) => void>(() => {})

export const useSay = () => useContext(Context)

export function SayProvider({ children }: { children: ComponentChildren }) {
  const [said, setSaid] = useState<Said | null>(null)
  const { text } = useSpeech()
  const say = useMemo(() => setSaid, [])
  return (
    <Context.Provider value={say}>
      {children}
      <div class="said" role="status" aria-live="polite">
        {said && (
          <div class="said-line">
            <ToneIcon tone={said.tone} />
            <p>{said.sentence}</p>
            <button type="button" class="plain-button" onClick={() => setSaid(null)}>
              {text.close}
            </button>
          </div>
        )}
      </div>
    </Context.Provider>
  )
}
