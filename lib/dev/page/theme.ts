/** The theme: light, dark or the system's. The browser stores the choice. */
export type Theme = 'auto' | 'light' | 'dark'
const KEY = 'evergram-simulator-theme'

export function readTheme(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'auto'
}

export function applyTheme(theme: Theme = readTheme()): void {
  if (theme === 'auto') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, theme)
  document.documentElement.dataset['theme'] = theme
}

export const nextTheme = (theme: Theme): Theme =>
  theme === 'auto' ? 'light' : theme === 'light' ? 'dark' : 'auto'
