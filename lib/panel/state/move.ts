/** Replays or discards dead letters: counts them by a dry run, asks for confirmation, then moves them. */
import { calls } from '../http/calls.ts'
import type { Moved, Which } from '../../contract.ts'
import { useConfirm } from '../parts/confirm.tsx'
import { useResultLine } from '../parts/result-line.tsx'
import { useLanguage } from '../text/language.tsx'
import { failureText } from './failure-text.ts'

/** @param onDone called after every attempt that may have changed something */
export function useMove(onDone: () => Promise<void>) {
  const { text } = useLanguage()
  const showResult = useResultLine()
  const confirm = useConfirm()
  const { dead, actions } = text

  return async (action: Moved['action'], which: Which): Promise<void> => {
    const isReplay = action === 'replay'
    const name = isReplay ? dead.replay : dead.discard
    showResult(null)
    const counted = await calls.move(action, which, true)
    if (!counted.ok) {
      showResult({ tone: 'bad', sentence: actions.failed(name, failureText(counted.failure, text)) })
      return onDone()
    }
    const { matched } = counted.data
    if (matched === 0) {
      showResult({ tone: 'good', sentence: dead.gone })
      return onDone()
    }
    const isSure = await confirm({
      title: isReplay ? dead.replayAsk(matched) : dead.discardAsk(matched),
      what: isReplay ? dead.replayWarning : dead.discardWarning,
      yes: name,
      kind: isReplay ? 'primary' : 'danger',
    })
    if (!isSure) return
    const moved = await calls.move(action, which, false)
    if (moved.ok) {
      const { done } = moved.data
      const did = isReplay ? dead.didReplay : dead.didDiscard
      showResult({ tone: 'good', sentence: done === 0 ? dead.gone : did(done) })
    } else {
      showResult({ tone: 'bad', sentence: actions.failed(name, failureText(moved.failure, text)) })
    }
    await onDone()
  }
}
