/** The line with the result of the last action. It stays until the next action or until the operator closes it. */
import { createContext, type ComponentChildren } from 'preact'
import { useContext, useMemo, useState } from 'preact/hooks'
import { useLanguage } from '../text/language.tsx'
import { ToneIcon } from './icon.tsx'

interface Result {
  tone: 'good' | 'bad'
  sentence: string
}

const Context = createContext<(result: Result | null) => void>(() => {})

export const useResultLine = () => useContext(Context)

export function ResultLineProvider({ children }: { children: ComponentChildren }) {
  const [result, setResult] = useState<Result | null>(null)
  const { text } = useLanguage()
  const showResult = useMemo(() => setResult, [])
  return (
    <Context.Provider value={showResult}>
      {children}
      <div class="said" role="status" aria-live="polite">
        {result && (
          <div class="said-line">
            <ToneIcon tone={result.tone} />
            <p>{result.sentence}</p>
            <button type="button" class="plain-button" onClick={() => setResult(null)}>
              {text.close}
            </button>
          </div>
        )}
      </div>
    </Context.Provider>
  )
}
