import { useEffect, useState } from 'preact/hooks'
import { applyTheme, readTheme, THEMES } from '../state/theme.ts'
import { preference } from '../state/preference.ts'
import { LANGUAGES, useLanguage, type Language } from '../text/language.tsx'

/** Language and theme. @param props.hasTheme false in Telegram, which sets the colours */
export function Choices({ hasTheme }: { hasTheme: boolean }) {
  const { text, language, choose } = useLanguage()
  const [theme, setTheme] = useState(readTheme)
  useEffect(() => {
    if (hasTheme) applyTheme(theme)
  }, [hasTheme, theme])
  return (
    <div class="choices">
      <select
        aria-label={text.language}
        value={language}
        onChange={(event) => choose(event.currentTarget.value as Language)}
      >
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
      {hasTheme && (
        <select
          aria-label={text.theme}
          value={theme}
          onChange={(event) => {
            const next = THEMES.find((name) => name === event.currentTarget.value) ?? 'auto'
            preference.write('theme', next)
            setTheme(next)
          }}
        >
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {text.themes[name]}
            </option>
          ))}
        </select>
      )}
    </div>
  )
}
