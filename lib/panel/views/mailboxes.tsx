import { useCallback } from 'preact/hooks'
import { calls } from '../http/calls.ts'
import type { Mailbox } from '../../contract.ts'
import { failureText } from '../state/failure-text.ts'
import { useLoaded } from '../state/loaded.ts'
import { useLanguage } from '../text/language.tsx'
import { wordOf } from '../text/word.ts'
import { Action } from '../parts/action.tsx'
import { useConfirm } from '../parts/confirm.tsx'
import { useResultLine } from '../parts/result-line.tsx'
import { Table } from '../parts/table.tsx'
import { LoadingOrError } from '../parts/loading-or-error.tsx'
import { ViewHead } from './head.tsx'

interface MailboxesViewProps {
  onSignedOut: () => void
  onDone: () => Promise<void>
}

/** Chats with pending updates. "Release" takes a mailbox away from a worker that hangs. */
export function MailboxesView({ onSignedOut, onDone }: MailboxesViewProps) {
  const { text, format } = useLanguage()
  const { boxes } = text
  const showResult = useResultLine()
  const confirm = useConfirm()
  const loaded = useLoaded(calls.mailboxes, onSignedOut)
  const { data, reload } = loaded

  const release = useCallback(
    async (id: string) => {
      const question = { title: boxes.releaseAsk(id), what: boxes.releaseWhat, yes: boxes.release }
      if (!(await confirm({ ...question, kind: 'danger' }))) return
      const outcome = await calls.release(id)
      if (outcome.ok) {
        const { breaker } = outcome.data
        const held = breaker ? ` ${text.actions.held(wordOf(breaker, text))}` : ''
        showResult({ tone: 'good', sentence: boxes.released(id) + held })
      } else {
        showResult({
          tone: 'bad',
          sentence: text.actions.failed(boxes.release, failureText(outcome.failure, text)),
        })
      }
      await Promise.all([reload(), onDone()])
    },
    [boxes, text, confirm, showResult, reload, onDone],
  )

  const row = (box: Mailbox) => ({
    key: box.id,
    cells: [
      <code>{box.id}</code>,
      <span class={`state ${box.state}`}>{boxes.states[box.state]}</span>,
      format.seconds(box.age_s),
      format.number(box.pending),
      format.number(box.attempts),
      box.next_retry_at && format.clock(box.next_retry_at),
      box.lease_owner && (
        <>
          <code class="owner">{box.lease_owner}</code>
          {box.lease_until && <small> {text.overview.until(format.clock(box.lease_until))}</small>}
        </>
      ),
      <Action kind="small" label={boxes.releaseChat(box.id)} onAct={() => release(box.id)}>
        {boxes.release}…
      </Action>,
    ],
  })

  return (
    <>
      <ViewHead title={boxes.title} intro={boxes.intro}>
        <Action onAct={reload}>{boxes.refresh}</Action>
      </ViewHead>
      <LoadingOrError loaded={loaded} />
      {data && data.mailboxes.length === 0 && <p class="empty">{boxes.empty}</p>}
      {data && data.mailboxes.length > 0 && (
        <>
          <p class="count-line">
            {boxes.total(data.total)}
            {data.total > data.mailboxes.length && `; ${boxes.shown(data.mailboxes.length)}`}
          </p>
          <Table
            caption={boxes.title}
            heads={[
              boxes.chat,
              boxes.state,
              boxes.age,
              boxes.pending,
              boxes.attempts,
              boxes.retry,
              boxes.owner,
              boxes.action,
            ]}
            rows={data.mailboxes.map(row)}
          />
        </>
      )}
    </>
  )
}
