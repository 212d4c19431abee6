/** Where one writes. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Act, BotCommand, Message, ShownChat } from '../../simulator/wire.ts'
import { api } from '../api.ts'
import { doing, tell, useModel } from '../model.ts'
import { base64Of, record, type Recording } from '../recorder.ts'
import { gist } from './chat-list.tsx'
import { Icon, IconButton } from './icon.tsx'
import { Keys } from './keyboards.tsx'
import { nameOf } from './people.tsx'

export interface Draft {
  replyTo?: Message
  editing?: Message
}

interface Props {
  chat: ShownChat
  thread: number | null
  draft: Draft
  setDraft: (draft: Draft) => void
}

type FileKind = 'photo' | 'document' | 'voice'
const ACCEPT: Record<FileKind, string> = { photo: 'image/*', document: '', voice: 'audio/*,.oga,.ogg' }

export function Composer({ chat, thread, draft, setDraft }: Props) {
  const { me, world } = useModel()
  const [text, setText] = useState('')
  const [commands, setCommands] = useState<BotCommand[]>([])
  const [chosen, choose] = useState(0)
  const [isDismissed, setDismissed] = useState(false)
  const [isAttaching, attach] = useState(false)
  const [areKeysShown, showKeys] = useState(true)
  const input = useRef<HTMLTextAreaElement>(null)
  const { id } = chat.chat
  const isGroup = chat.chat.type !== 'private'
  const keyboard = chat.keyboards[String(me)] ?? chat.keyboards['all']
  const keyboardId = keyboard?.messageId

  useEffect(() => doing(api.commands(id, me).then(setCommands)), [id, me, world])
  useEffect(() => {
    if (draft.editing) setText(draft.editing.text ?? '')
    if (draft.editing || draft.replyTo) input.current?.focus()
  }, [draft])
  useEffect(() => showKeys(true), [keyboardId])

  const typed = /^\/(\w*)$/.exec(text)?.[1]
  const offered =
    isDismissed || typed === undefined ? [] : commands.filter(({ command }) => command.startsWith(typed))
  const place = { user: me, chat: id, ...(thread === null ? {} : { thread }) }
  const forced = keyboard?.forceReply === true && keyboard.messageId
  const replyTo = draft.replyTo?.message_id ?? (forced || undefined)
  const answering = replyTo === undefined ? {} : { replyTo }

  const act = (what: Act) => doing(api.act(what))
  // The box is free at once: what is typed before the answer comes belongs to the next message.
  const submit = (what: Act) => {
    setText('')
    setDraft({})
    setDismissed(false)
    doing(
      api.act(what).catch((error: unknown) => {
        setText((now) => (now === '' ? text : now))
        throw error
      }),
    )
  }
  const send = (words: string) => {
    if (words.trim() === '') return
    if (draft.editing) submit({ ...place, kind: 'edit', message: draft.editing.message_id, text: words })
    else submit({ ...place, ...answering, kind: 'text', text: words })
  }
  const nameOfCommand = ({ command }: BotCommand) =>
    `/${command}${isGroup ? `@${world?.bot.username ?? ''}` : ''}`
  const onKey = (event: KeyboardEvent) => {
    const { key } = event
    const current = offered[Math.min(chosen, offered.length - 1)]
    if (current !== undefined) {
      if (key === 'ArrowDown' || key === 'ArrowUp') {
        event.preventDefault()
        const step = key === 'ArrowDown' ? 1 : offered.length - 1
        choose((Math.min(chosen, offered.length - 1) + step) % offered.length)
        return
      }
      if (key === 'Tab') {
        event.preventDefault()
        setText(`${nameOfCommand(current)} `)
        return
      }
      if (key === 'Enter' && !event.shiftKey && typed !== current.command) {
        event.preventDefault()
        send(nameOfCommand(current))
        return
      }
    }
    if (key === 'Escape') {
      setDismissed(true)
      setDraft({})
    }
    if (key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault()
      send(text)
    }
  }
  const sendFile = async (kind: FileKind, file: File) => {
    const base64 = await base64Of(file)
    const caption = text.trim()
    const type = file.type === '' ? {} : { mimeType: file.type }
    const said = caption === '' ? {} : { caption }
    submit({ ...place, ...answering, kind, base64, fileName: file.name, ...type, ...said })
  }
  const inGroup = isGroup && keyboard !== undefined ? { replyTo: keyboard.messageId } : {}

  if (chat.migratedTo !== null) return <p class="composer closed">This group has become a supergroup.</p>
  if (chat.blocked) return <p class="composer closed">You have blocked the bot.</p>
  return (
    <div class="composer">
      {offered.length > 0 && (
        <ul class="offers" id="offers" role="listbox" aria-label="Commands">
          {offered.map((one, index) => (
            <li
              key={one.command}
              id={`offer-${one.command}`}
              role="option"
              aria-selected={index === Math.min(chosen, offered.length - 1)}
              onClick={() => send(nameOfCommand(one))}
            >
              <b>/{one.command}</b> <span>{one.description}</span>
            </li>
          ))}
        </ul>
      )}
      <Above draft={draft} forced={forced !== false && forced !== undefined} setDraft={setDraft} />
      <div class="composer-row">
        <div class="attach">
          <IconButton
            icon="plus"
            title="Attach"
            expanded={isAttaching}
            onClick={() => attach(!isAttaching)}
          />
          {isAttaching && (
            <AttachMenu
              onFile={(kind, file) => doing(sendFile(kind, file))}
              onAsk={(kind) => act({ ...place, kind })}
              onClose={() => attach(false)}
            />
          )}
        </div>
        <textarea
          ref={input}
          rows={Math.min(6, text.split('\n').length)}
          placeholder={keyboard?.placeholder || 'Message'}
          aria-label="Message"
          aria-controls={offered.length > 0 ? 'offers' : undefined}
          aria-activedescendant={
            offered.length > 0
              ? `offer-${offered[Math.min(chosen, offered.length - 1)]?.command ?? ''}`
              : undefined
          }
          maxLength={4096}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value)
            setDismissed(false)
            choose(0)
          }}
          onKeyDown={onKey}
        />
        {keyboard !== undefined && keyboard.keyboard.length > 0 && (
          <IconButton icon="keyboard" title="Keyboard of the bot" onClick={() => showKeys(!areKeysShown)} />
        )}
        {text.trim() === '' ? (
          <Microphone onVoice={(voice) => act({ ...place, ...answering, kind: 'voice', ...voice })} />
        ) : (
          <IconButton icon="send" class="send" title="Send" onClick={() => send(text)} />
        )}
      </div>
      {keyboard !== undefined && keyboard.keyboard.length > 0 && areKeysShown && (
        <Keys
          keyboard={keyboard}
          onText={(words) => {
            if (keyboard.oneTime) showKeys(false)
            act({ ...place, ...inGroup, kind: 'text', text: words })
          }}
          onAsk={(kind) => act({ ...place, kind })}
        />
      )}
    </div>
  )
}

/** What the message will answer, or change. */
function Above({ draft, forced, setDraft }: { draft: Draft; forced: boolean; setDraft: Props['setDraft'] }) {
  const about = draft.editing ?? draft.replyTo
  if (about === undefined)
    return forced ? <p class="above">The bot waits for an answer to its message</p> : null
  return (
    <p class="above">
      <span>
        <b>{draft.editing ? 'Edit' : `Answer to ${nameOf(about.from)}`}</b> {gist(about)}
      </span>
      <IconButton icon="close" title="Never mind" onClick={() => setDraft({})} />
    </p>
  )
}

function AttachMenu(props: {
  onFile: (kind: FileKind, file: File) => void
  onAsk: (kind: 'contact' | 'location') => void
  onClose: () => void
}) {
  const kinds: [FileKind, string][] = [
    ['photo', 'Photo'],
    ['document', 'File'],
    ['voice', 'Voice from a file'],
  ]
  return (
    <div class="attach-menu">
      {kinds.map(([kind, name]) => (
        <label key={kind}>
          <Icon name={kind === 'document' ? 'file' : kind === 'voice' ? 'mic' : kind} />
          {name}
          <input
            type="file"
            accept={ACCEPT[kind]}
            data-kind={kind}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0]
              if (file) props.onFile(kind, file)
              props.onClose()
            }}
          />
        </label>
      ))}
      {(['contact', 'location'] as const).map((kind) => (
        <button
          type="button"
          key={kind}
          onClick={() => {
            props.onAsk(kind)
            props.onClose()
          }}
        >
          <Icon name={kind === 'contact' ? 'person' : 'pin'} />
          {kind === 'contact' ? 'My contact' : 'My location'}
        </button>
      ))}
    </div>
  )
}

function Microphone(props: {
  onVoice: (voice: { base64: string; mimeType: string; durationSeconds: number }) => void
}) {
  const [recording, setRecording] = useState<Recording | null>(null)
  const start = async () => {
    try {
      setRecording(await record())
    } catch {
      tell('The microphone cannot be used; allow it in the browser, or choose a file', 'problem')
    }
  }
  const finish = async () => {
    if (recording === null) return
    setRecording(null)
    const { bytes, durationSeconds } = await recording.stop()
    props.onVoice({ base64: await base64Of(bytes), mimeType: bytes.type, durationSeconds })
  }
  if (recording === null) {
    return <IconButton icon="mic" title="Record a voice message" onClick={() => doing(start())} />
  }
  return (
    <>
      <span class="recording" role="status">
        ● recording
      </span>
      <IconButton
        icon="close"
        title="Throw the recording away"
        onClick={() => {
          recording.cancel()
          setRecording(null)
        }}
      />
      <IconButton icon="send" class="send" title="Send the voice message" onClick={() => doing(finish())} />
    </>
  )
}
