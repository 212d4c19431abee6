/** Entry of both pages: the panel at `/` and the Mini App at `/app`, whose #root has `data-mini`. */
import { render } from 'preact'
import { Root } from './root.tsx'
import { readWebApp } from './state/telegram.ts'
import { applyTheme, readTheme } from './state/theme.ts'

const root = document.querySelector<HTMLElement>('#root')
if (!root) throw new Error('no #root in this page')
const isMini = root.dataset['mini'] !== undefined
const webApp = isMini ? readWebApp() : null
// In Telegram, readWebApp() has already applied Telegram's colours.
if (!webApp?.initData) applyTheme(readTheme())
root.replaceChildren()
render(
  <Root
    initData={isMini ? (webApp?.initData ?? '') : null}
    language={webApp?.initDataUnsafe.user?.language_code}
  />,
  root,
)
