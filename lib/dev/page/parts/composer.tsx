/** The input for messages. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ShownChat } from '../../simulator/wire.ts'
import { neverMind } from '../draft.ts'
import { alterDraft, draftAt, useDraft, type Place } from '../drafts.ts'
import { senderAt } from '../sending.ts'
import { Above } from './above.tsx'
import { Attach } from './attach.tsx'
import { IconButton } from './icon.tsx'
import { Keys } from './keyboards.tsx'
import { Microphone } from './microphone.tsx'
import { useOffers } from './offers.tsx'

/** Each place has its own instance, so that a recording does not move to another place. */
export function Composer({ chat, place }: { chat: ShownChat; place: Place }) {
  const draft = useDraft(place)
  const [areKeysShown, showKeys] = useState(true)
  const input = useRef<HTMLTextAreaElement>(null)
  const keyboard = chat.keyboards[String(place.user)] ?? chat.keyboards['all']
  const forced = keyboard?.forceReply === true ? keyboard.messageId : undefined
  const isGroup = chat.chat.type !== 'private'
  const sender = senderAt(place, forced, isGroup ? keyboard?.messageId : undefined)

  const { text, editing, replyTo } = draft
  const about = editing ?? replyTo
  useEffect(() => {
    if (about) input.current?.focus()
  }, [about])
  useEffect(() => showKeys(true), [keyboard?.messageId])

  const write = (words: string) => alterDraft(place, (now) => ({ ...now, text: words }))
  const send = () => sender.text(draftAt(place).text)
  const offers = useOffers(chat, text, write, sender.text)
  const onKey = (event: KeyboardEvent) => {
    if (offers.onKey(event)) event.preventDefault()
    else if (event.key === 'Escape') alterDraft(place, neverMind)
    else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault()
      send()
    }
  }

  if (chat.migratedTo !== null) return <p class="composer closed">This group has become a supergroup.</p>
  if (chat.blocked) return <p class="composer closed">You have blocked the bot.</p>
  const keys = keyboard !== undefined && keyboard.keyboard.length > 0 ? keyboard : null
  return (
    <div class="composer">
      {offers.list}
      <Above draft={draft} isForced={forced !== undefined} onNeverMind={() => alterDraft(place, neverMind)} />
      <div class="composer-row">
        <Attach onFile={sender.file} onAsk={sender.ask} />
        <textarea
          ref={input}
          rows={Math.min(6, text.split('\n').length)}
          placeholder={keyboard?.placeholder || 'Message'}
          aria-label="Message"
          {...offers.aria}
          maxLength={4096}
          value={text}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKey}
        />
        {keys && (
          <IconButton icon="keyboard" title="Keyboard of the bot" onClick={() => showKeys(!areKeysShown)} />
        )}
        <Microphone
          instead={
            text.trim() === '' ? null : <IconButton icon="send" class="send" title="Send" onClick={send} />
          }
          onVoice={sender.voice}
        />
      </div>
      {keys && areKeysShown && (
        <Keys
          keyboard={keys}
          onText={(words) => {
            if (keys.oneTime) showKeys(false)
            sender.key(words)
          }}
          onAsk={sender.ask}
        />
      )}
    </div>
  )
}
