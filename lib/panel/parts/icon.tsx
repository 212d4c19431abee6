import type { Tone } from '../state/verdict.ts'

/** Each tone has its own shape, for operators who cannot tell the colours apart. */
const PATHS: Record<Tone, string> = {
  good: 'M5 10.5l3.4 3.4L15 7',
  warn: 'M10 5.2v6M10 14.4v.2',
  bad: 'M6 6l8 8M14 6l-8 8',
  quiet: 'M6 10h8',
}

export function ToneIcon({ tone }: { tone: Tone }) {
  return (
    <svg class={`tone-icon ${tone}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <circle cx="10" cy="10" r="10" />
      <path d={PATHS[tone]} />
    </svg>
  )
}
