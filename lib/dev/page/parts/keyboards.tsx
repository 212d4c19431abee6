import { useState } from 'preact/hooks'
import type { InlineButton, ReplyKeyboard } from '../../simulator/wire.ts'
import { api } from '../api.ts'
import { doing, model, tell } from '../model.ts'

/** The buttons under a message. */
export function InlineKeyboard(props: { rows: InlineButton[][]; chatId: number; messageId: number }) {
  const [pressed, setPressed] = useState<string | null>(null)
  const press = async ({ callback_data: data, url, web_app: app, text }: InlineButton) => {
    if (data === undefined) return tell(`“${text}” opens ${url ?? app?.url ?? 'something in Telegram'}`)
    setPressed(data)
    try {
      await api.act({ user: model.me, chat: props.chatId, kind: 'press', message: props.messageId, data })
    } finally {
      setTimeout(() => setPressed(null), 400)
    }
  }
  return (
    <div class="inline-keyboard">
      {props.rows.map((row, index) => (
        <div key={index}>
          {row.map((button, place) => (
            <button
              type="button"
              key={place}
              class={button.callback_data !== undefined && button.callback_data === pressed ? 'pressed' : ''}
              title={button.callback_data ?? button.url}
              onClick={() => doing(press(button))}
            >
              {button.text}
              {button.url !== undefined && <small aria-hidden="true"> ↗</small>}
            </button>
          ))}
        </div>
      ))}
    </div>
  )
}

/** The reply keyboard. */
export function Keys(props: {
  keyboard: ReplyKeyboard
  onText: (text: string) => void
  onAsk: (kind: 'contact' | 'location') => void
}) {
  return (
    <div class="keys" aria-label="Keyboard of the bot">
      {props.keyboard.keyboard.map((row, index) => (
        <div key={index}>
          {row.map((button, place) => (
            <button
              type="button"
              key={place}
              onClick={() => {
                if (button.request_contact === true) props.onAsk('contact')
                else if (button.request_location === true) props.onAsk('location')
                else props.onText(button.text)
              }}
            >
              {button.text}
            </button>
          ))}
        </div>
      ))}
    </div>
  )
}
