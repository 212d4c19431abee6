/** Sends messages from a place and changes its draft. */
import type { Act } from '../simulator/wire.ts'
import { api } from './api.ts'
import { afterSending, broughtBack, withoutAnswer } from './draft.ts'
import { alterDraft, draftAt, type Place } from './drafts.ts'
import { doing } from './model.ts'
import { base64Of, type Voice } from './recorder.ts'

export type FileKind = 'photo' | 'document' | 'voice'

export interface Sender {
  text: (words: string) => void
  /** The draft becomes the caption. */
  file: (kind: FileKind, file: File) => void
  /** The draft stays in the box. */
  voice: (read: () => Promise<Voice>) => void
  /** A button of the bot's keyboard; the draft stays. */
  key: (words: string) => void
  ask: (kind: 'contact' | 'location') => void
}

/**
 * @param forced the message of a ForceReply
 * @param keyboard the message that a button of the reply keyboard answers
 */
export function senderAt(place: Place, forced: number | undefined, keyboard: number | undefined): Sender {
  const answering = (message: number | undefined) => (message === undefined ? {} : { replyTo: message })
  const target = () => ({ ...place, ...answering(draftAt(place).replyTo?.message_id ?? forced) })

  /** Clears the box at once: text that the user types before the answer belongs to the next message. */
  function sendBox(what: Act | (() => Promise<Act>), sent = draftAt(place)): void {
    alterDraft(place, afterSending)
    const left = draftAt(place)
    const giveBack = (error: unknown) => {
      alterDraft(place, (now) => broughtBack(now, left, sent))
      throw error
    }
    doing(api.act(what).catch(giveBack))
  }

  return {
    text(words) {
      if (words.trim() === '') return
      const now = draftAt(place)
      const what: Act = now.editing
        ? { ...place, kind: 'edit', message: now.editing.message_id, text: words }
        : { ...target(), kind: 'text', text: words }
      sendBox(what, { ...now, text: words })
    },
    file(kind, file) {
      const { text, editing } = draftAt(place)
      const caption = editing ? '' : text.trim()
      const given = {
        ...target(),
        kind,
        fileName: file.name,
        ...(file.type === '' ? {} : { mimeType: file.type }),
        ...(caption === '' ? {} : { caption }),
      }
      const read = async (): Promise<Act> => ({ ...given, base64: await base64Of(file) })
      // An edit cannot take a file, so the edit continues.
      if (editing) doing(api.act(read))
      else sendBox(read)
    },
    voice(read) {
      const given = target()
      if (draftAt(place).editing === undefined) alterDraft(place, withoutAnswer)
      doing(api.act(async () => ({ ...given, kind: 'voice', ...(await read()) })))
    },
    key: (words) => doing(api.act({ ...place, ...answering(keyboard), kind: 'text', text: words })),
    ask: (kind) => doing(api.act({ ...place, kind })),
  }
}
