import type { ComponentChildren } from 'preact'

/** The heading of a view. It gets the focus when the view opens, so a screen reader announces the view. */
export function ViewHead(props: { title: string; intro: string; children?: ComponentChildren }) {
  return (
    <div class="view-head">
      <div>
        <h1 tabIndex={-1}>{props.title}</h1>
        <p class="intro">{props.intro}</p>
      </div>
      {props.children && <div class="actions">{props.children}</div>}
    </div>
  )
}
