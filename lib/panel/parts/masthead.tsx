import { useSpeech } from '../text/language.tsx'
import { VIEWS, type View } from '../state/view.ts'
import { Mark } from './mark.tsx'

interface MastheadProps {
  view: View
  /** Shown beside the name of its view; 0 is not. */
  deadLetters: number
}

/** The rail: where one is, and where one can go. */
export function Masthead({ view, deadLetters }: MastheadProps) {
  const { text, format } = useSpeech()
  return (
    <header class="rail">
      <a href="#/overview" class="home">
        <Mark />
      </a>
      <nav aria-label={text.sections}>
        <ul>
          {VIEWS.map((name) => (
            <li key={name}>
              <a href={`#/${name}`} aria-current={name === view ? 'page' : undefined}>
                {text.views[name]}
                {name === 'dead-letters' && deadLetters > 0 && (
                  <span class="badge">{format.number(deadLetters)}</span>
                )}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  )
}
