import type { ComponentChildren } from 'preact'

/** A view's heading; it gets the focus when the view opens, so that a screen reader says where one is. */
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
