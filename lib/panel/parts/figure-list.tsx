import type { ComponentChildren } from 'preact'
import type { Tone } from '../state/verdict.ts'

export interface Row {
  name: string
  value: ComponentChildren
  tone?: Tone | undefined
  /** For addresses and codes: shown below their name, and broken at any character. */
  isLong?: boolean
}

/** Named figures under a heading. */
export function FigureList({ title, rows }: { title: string; rows: readonly Row[] }) {
  return (
    <section class="figure-list">
      <h2>{title}</h2>
      <dl>
        {rows.map(({ name, value, tone, isLong }) => (
          <div key={name} class={isLong ? 'long' : ''}>
            <dt>{name}</dt>
            <dd class={tone ?? ''}>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
