/** The theme: light, dark or the system's. In Telegram, Telegram's colours. */
import { preference } from './preference.ts'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export function readTheme(): Theme {
  const kept = preference.read('theme')
  return THEMES.find((theme) => theme === kept) ?? 'auto'
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
  document.dispatchEvent(new Event('themechange'))
}

/** Telegram's colour names and the CSS variables that they set. */
const COLOURS = {
  bg_color: '--paper',
  section_bg_color: '--sheet',
  text_color: '--ink',
  button_color: '--accent',
  button_text_color: '--on-accent',
} as const

/** @param params Telegram's themeParams: colours as #rrggbb, any of which may be missing */
export function applyTelegramTheme(scheme: string, params: Readonly<Record<string, string>>): void {
  const { style } = document.documentElement
  for (const [name, variable] of Object.entries(COLOURS)) {
    const colour = params[name] ?? (name === 'section_bg_color' ? params['bg_color'] : undefined)
    if (colour && /^#[0-9a-f]{6}$/i.test(colour)) style.setProperty(variable, colour)
  }
  applyTheme(scheme === 'dark' ? 'dark' : 'light')
}
