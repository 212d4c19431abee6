/** Telegram's side of the Mini App: telegram-web-app.js was loaded before this and says who has opened it. */
import { applyTelegramTheme } from './theme.ts'

interface WebApp {
  /** What Telegram signed; empty outside Telegram. */
  initData: string
  initDataUnsafe: { user?: { language_code?: string } }
  colorScheme: string
  themeParams: Record<string, string>
  ready: () => void
  expand: () => void
  onEvent: (event: 'themeChanged', listener: () => void) => void
}

/** Null where telegram.org could not be reached: then this is not Telegram either. */
export function readWebApp(): WebApp | null {
  const webApp = (globalThis as { Telegram?: { WebApp?: WebApp } }).Telegram?.WebApp
  if (!webApp) return null
  if (webApp.initData) {
    const paint = () => applyTelegramTheme(webApp.colorScheme, webApp.themeParams)
    paint()
    webApp.onEvent('themeChanged', paint)
    webApp.ready()
    webApp.expand()
  }
  return webApp
}
