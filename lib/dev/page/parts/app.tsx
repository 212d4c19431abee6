import { useState } from 'preact/hooks'
import { change, dismiss, useModel } from '../model.ts'
import { applyTheme, nextTheme, readTheme } from '../theme.ts'
import { ChatList } from './chat-list.tsx'
import { Conversation } from './conversation.tsx'
import { IconButton } from './icon.tsx'
import { Inspector } from './inspector.tsx'
import { People } from './people.tsx'
import { Modal } from './modal.tsx'

export function App() {
  const { world, chat, isInspectorOpen, online, faults } = useModel()
  if (world === null) return <p class="loading">Connecting to the dev server…</p>
  const shown = isInspectorOpen ? 'inspector' : chat === null ? 'chats' : 'chat'
  return (
    <div class="app" data-shown={shown}>
      {!online && (
        <p class="offline" role="status">
          The dev server does not answer. Trying again…
        </p>
      )}
      <aside class="sidebar" aria-label="People and chats">
        <header class="sidebar-head">
          <h1>
            Evergram <small>simulator</small>
          </h1>
          <ThemeButton />
          <IconButton
            icon="pulse"
            class="for-narrow"
            title="Timeline, faults and log"
            marked={faults.length > 0}
            onClick={() => change((now) => (now.isInspectorOpen = true))}
          />
        </header>
        <People />
        <ChatList />
      </aside>
      <Conversation />
      <Inspector />
      <Notices />
    </div>
  )
}

function ThemeButton() {
  const [theme, setTheme] = useState(readTheme())
  const next = () => {
    applyTheme(nextTheme(theme))
    setTheme(nextTheme(theme))
  }
  return <IconButton icon={theme} title={`Colours: ${theme}`} onClick={next} />
}

function Notices() {
  const { notices } = useModel()
  const alert = notices.find(({ kind }) => kind === 'alert')
  return (
    <>
      <div class="toasts" role="status" aria-live="polite">
        {notices
          .filter(({ kind }) => kind !== 'alert')
          .map(({ id, text, kind }) => (
            <button type="button" key={id} class={`toast ${kind}`} onClick={() => dismiss(id)}>
              {text}
            </button>
          ))}
      </div>
      {alert && (
        <Modal title="Evergram" onClose={() => dismiss(alert.id)}>
          <p class="alert-text">{alert.text}</p>
          <button type="button" class="primary" onClick={() => dismiss(alert.id)}>
            OK
          </button>
        </Modal>
      )}
    </>
  )
}
