import { calls } from '../http/calls.ts'
import type { AuditEntry } from '../../contract.ts'
import { useLoaded } from '../state/loaded.ts'
import { useLanguage } from '../text/language.tsx'
import { actorOf, pick, resultOf } from '../text/word.ts'
import { Action } from '../parts/action.tsx'
import { Table } from '../parts/table.tsx'
import { LoadingOrError } from '../parts/loading-or-error.tsx'
import { ViewHead } from './head.tsx'

export function AuditView({ onSignedOut }: { onSignedOut: () => void }) {
  const { text, format } = useLanguage()
  const { audit } = text
  const loaded = useLoaded(calls.audit, onSignedOut)
  const entries = loaded.data?.entries ?? []
  const row = (entry: AuditEntry, index: number) => ({
    key: `${entry.at} ${index}`,
    cells: [
      <time dateTime={entry.at}>{format.moment(entry.at)}</time>,
      actorOf(entry.actor, text),
      pick(audit.actions, entry.action) ?? entry.action,
      entry.target !== null && <code>{entry.target}</code>,
      resultOf(entry, text),
    ],
  })
  return (
    <>
      <ViewHead title={audit.title} intro={audit.intro}>
        <Action onAct={loaded.reload}>{text.boxes.refresh}</Action>
      </ViewHead>
      <LoadingOrError loaded={loaded} />
      {loaded.data && entries.length === 0 && <p class="empty">{audit.empty}</p>}
      {entries.length > 0 && (
        <Table
          caption={audit.title}
          heads={[audit.when, audit.who, audit.what, audit.target, audit.result]}
          rows={entries.map(row)}
        />
      )}
    </>
  )
}
