import { useLanguage } from '../text/language.tsx'
import { VIEWS, type View } from '../state/view.ts'
import { Wordmark } from './wordmark.tsx'

interface NavigationProps {
  view: View
  /** Shown beside the name of the view unless it is 0. */
  deadLetters: number
}

/** Links to all views. */
export function Navigation({ view, deadLetters }: NavigationProps) {
  const { text, format } = useLanguage()
  return (
    <header class="rail">
      <a href="#/overview" class="home">
        <Wordmark />
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
