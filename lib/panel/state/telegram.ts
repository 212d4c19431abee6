/** Telegram's Mini App API. telegram-web-app.js is loaded before this file and has the signed init data. */
import { applyTelegramTheme } from './theme.ts'

interface WebApp {
  /** Init data signed by Telegram; empty outside Telegram. */
  initData: string
  initDataUnsafe: { user?: { language_code?: string } }
  colorScheme: string
  themeParams: Record<string, string>
  ready: () => void
  expand: () => void
  onEvent: (event: 'themeChanged', listener: () => void) => void
}

/** @returns null where the script of telegram.org was not loaded */
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
