import { useCallback } from 'preact/hooks'
import { failureText } from '../state/failure-text.ts'
import { readLetters, useLetters } from '../state/letters.ts'
import { useMove } from '../state/move.ts'
import { saveJson } from '../state/save.ts'
import { useLanguage } from '../text/language.tsx'
import { Action } from '../parts/action.tsx'
import { LetterGroup } from '../parts/letter-group.tsx'
import { useResultLine } from '../parts/result-line.tsx'
import { LoadingOrError } from '../parts/loading-or-error.tsx'
import { ViewHead } from './head.tsx'

interface DeadLettersViewProps {
  onSignedOut: () => void
  onDone: () => Promise<void>
}

/** Dead letters by cause, with replay and discard. */
export function DeadLettersView({ onSignedOut, onDone }: DeadLettersViewProps) {
  const { text } = useLanguage()
  const { dead } = text
  const showResult = useResultLine()
  const letters = useLetters(onSignedOut)
  const { data, reload } = letters
  const done = useCallback(async () => {
    await Promise.all([reload(), onDone()])
  }, [reload, onDone])
  const move = useMove(done)

  const download = async () => {
    const all = await readLetters(Infinity)
    if (!all.ok) {
      showResult({
        tone: 'bad',
        sentence: text.actions.failed(dead.download, failureText(all.failure, text)),
      })
      return
    }
    saveJson('evergram-dead-letters.json', all.data.list)
    showResult({ tone: 'good', sentence: dead.downloaded(all.data.list.dead_letters.length) })
  }

  return (
    <>
      <ViewHead title={dead.title} intro={dead.intro}>
        {data && data.total > 0 && (
          <>
            <Action onAct={download}>{dead.download}</Action>
            <Action kind="danger" onAct={() => move('discard', { all: true })}>
              {dead.discardAll}…
            </Action>
            <Action kind="primary" onAct={() => move('replay', { all: true })}>
              {dead.replayAll}…
            </Action>
          </>
        )}
      </ViewHead>
      <LoadingOrError loaded={letters} />
      {data && data.total === 0 && <p class="empty">{dead.empty}</p>}
      {data && data.dropped > 0 && <p class="warn-line">{dead.dropped(data.dropped)}</p>}
      {data && data.total > 0 && (
        <section aria-labelledby="groups-title">
          <h2 id="groups-title">
            {dead.groups} <small>{dead.total(data.total)}</small>
          </h2>
          <ul class="groups">
            {data.groups?.map((group) => (
              <LetterGroup
                key={group.fingerprint}
                group={group}
                letters={data.dead_letters.filter(({ fingerprint }) => fingerprint === group.fingerprint)}
                hasMore={letters.hasMore}
                onMore={letters.more}
                onMove={move}
              />
            ))}
          </ul>
        </section>
      )}
    </>
  )
}
