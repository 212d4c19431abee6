import type { ComponentChildren } from 'preact'
import type { Tone } from '../state/verdict.ts'

export interface Row {
  name: string
  value: ComponentChildren
  tone?: Tone | undefined
  /** For addresses and codes: they break anywhere and stand under their name. */
  isLong?: boolean
}

/** Named figures under a heading. */
export function Ledger({ title, rows }: { title: string; rows: readonly Row[] }) {
  return (
    <section class="ledger">
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
