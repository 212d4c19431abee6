/** Replaying and discarding: counts first, asks with the count and the warning, then does it. */
import { calls } from '../http/calls.ts'
import type { Moved, Which } from '../../contract.ts'
import { useConfirm } from '../parts/confirm.tsx'
import { useSay } from '../parts/say.tsx'
import { useSpeech } from '../text/language.tsx'
import { failureText } from './failure-text.ts'

/** @param onDone called after every try that may have changed something */
export function useMove(onDone: () => Promise<void>) {
  const { text } = useSpeech()
  const say = useSay()
  const confirm = useConfirm()
  const { dead, actions } = text

  return async (action: Moved['action'], which: Which): Promise<void> => {
    const isReplay = action === 'replay'
    const name = isReplay ? dead.replay : dead.discard
    say(null)
    const counted = await calls.move(action, which, true)
    if (!counted.ok) {
      say({ tone: 'bad', sentence: actions.failed(name, failureText(counted.failure, text)) })
      return onDone()
    }
    const { matched } = counted.data
    if (matched === 0) {
      say({ tone: 'good', sentence: dead.gone })
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
      say({ tone: 'good', sentence: done === 0 ? dead.gone : did(done) })
    } else {
      say({ tone: 'bad', sentence: actions.failed(name, failureText(moved.failure, text)) })
    }
    await onDone()
  }
}
