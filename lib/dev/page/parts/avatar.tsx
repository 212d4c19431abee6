import { Icon } from './icon.tsx'

/** A coloured circle with initials, the same for the same id. */
export function Avatar({ id, name, isBot = false }: { id: number; name: string; isBot?: boolean }) {
  const initials = name
    .trim()
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => String.fromCodePoint(word.codePointAt(0) ?? 63))
  return (
    <span class={`avatar ${isBot ? 'bot' : `tone${Math.abs(id) % 7}`}`} aria-hidden="true">
      {isBot ? <Icon name="check" /> : initials.join('').toUpperCase()}
    </span>
  )
}
