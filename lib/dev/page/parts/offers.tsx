/** Suggests the bot's commands while the user types one. */
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { BotCommand, ShownChat } from '../../simulator/wire.ts'
import { api } from '../api.ts'
import { doing, useModel } from '../model.ts'

export interface Offers {
  /** ARIA attributes of the input. */
  aria: { 'aria-controls'?: string; 'aria-activedescendant'?: string }
  list: JSX.Element | null
  /** @returns true if the suggestions used the key */
  onKey(event: KeyboardEvent): boolean
}

/**
 * Hook.
 * @param onComplete called with a command that the user continues to type
 * @param onSend called with a command to send unchanged
 */
export function useOffers(
  { chat }: ShownChat,
  text: string,
  onComplete: (text: string) => void,
  onSend: (text: string) => void,
): Offers {
  const { me, world } = useModel()
  const [commands, setCommands] = useState<BotCommand[]>([])
  // The next letter resets the selection and the dismissal.
  const [kept, keep] = useState({ text: '', index: 0, isDismissed: false })
  useEffect(() => doing(api.commands(chat.id, me).then(setCommands)), [chat.id, me, world])

  const { index, isDismissed } = kept.text === text ? kept : { index: 0, isDismissed: false }
  const typed = /^\/(\w*)$/.exec(text)?.[1]
  const isOffered = ({ command }: BotCommand) => typed !== undefined && command.startsWith(typed)
  const offered = isDismissed ? [] : commands.filter(isOffered)
  const place = Math.min(index, offered.length - 1)
  const current = offered[place]
  if (current === undefined) return { aria: {}, list: null, onKey: () => false }

  const suffix = chat.type === 'private' ? '' : `@${world?.bot.username ?? ''}`
  const full = ({ command }: BotCommand) => `/${command}${suffix}`
  const go = (steps: number) =>
    keep({ text, index: (place + steps + offered.length) % offered.length, isDismissed: false })
  const onKey = ({ key, shiftKey }: KeyboardEvent): boolean => {
    if (key === 'ArrowDown') go(1)
    else if (key === 'ArrowUp') go(-1)
    else if (key === 'Tab') onComplete(`${full(current)} `)
    else if (key === 'Escape') keep({ text, index, isDismissed: true })
    else if (key === 'Enter' && !shiftKey && typed !== current.command) onSend(full(current))
    else return false
    return true
  }
  const list = (
    <ul class="offers" id="offers" role="listbox" aria-label="Commands">
      {offered.map((one) => (
        <li
          key={one.command}
          id={`offer-${one.command}`}
          role="option"
          aria-selected={one === current}
          onClick={() => onSend(full(one))}
        >
          <b>/{one.command}</b> <span>{one.description}</span>
        </li>
      ))}
    </ul>
  )
  const aria = { 'aria-controls': 'offers', 'aria-activedescendant': `offer-${current.command}` }
  return { aria, list, onKey }
}
