/** The operator's actions on the whole bot. Each shows what it did, or why it failed. */
import { calls } from '../http/calls.ts'
import type { Outcome } from '../http/client.ts'
import { failureText } from '../state/failure-text.ts'
import { useLanguage } from '../text/language.tsx'
import { wordOf } from '../text/word.ts'
import { Action } from './action.tsx'
import { useConfirm } from './confirm.tsx'
import { useResultLine } from './result-line.tsx'

interface ActionsProps {
  /** Null: unknown. */
  isPaused: boolean | null
  onDone: () => Promise<void>
}

export function Actions({ isPaused, onDone }: ActionsProps) {
  const { text } = useLanguage()
  const { actions } = text
  const showResult = useResultLine()
  const confirm = useConfirm()
  const pausedNow = text.verdict.processing_paused().join(' ')

  async function act<T>(
    name: string,
    question: { title: string; what: string } | null,
    call: () => Promise<Outcome<T>>,
    done: (data: T) => { sentence: string; isPartial?: boolean } | string,
  ) {
    if (question && !(await confirm({ ...question, yes: name, kind: 'danger' }))) return
    showResult(null)
    const outcome = await call()
    if (outcome.ok) {
      const result = done(outcome.data)
      const { sentence, isPartial = false } = typeof result === 'string' ? { sentence: result } : result
      showResult({ tone: isPartial ? 'bad' : 'good', sentence })
    } else {
      showResult({ tone: 'bad', sentence: actions.failed(name, failureText(outcome.failure, text)) })
    }
    await onDone()
  }

  const restart = () =>
    act(
      actions.restart,
      { title: actions.restartAsk, what: actions.restartWhat },
      calls.restart,
      ({ epoch, complete, steps, paused }) => {
        // The step already names the call; keep only Telegram's description.
        const said = (detail = '?') => detail.replace(/^Telegram refused \w+: /, '')
        const failed = steps.filter(({ ok }) => !ok).map(({ step, detail }) => `${step} (${said(detail)})`)
        const done = complete ? actions.restarted(epoch) : actions.restartedPartly(epoch, failed.join('; '))
        return { sentence: paused ? `${done} ${pausedNow}` : done, isPartial: !complete }
      },
    )
  const sweep = () =>
    act(actions.sweep, null, calls.sweep, ({ mailboxes, left }) => {
      if (!left) return actions.swept(mailboxes)
      if (left.mailboxes === 0) return text.boxes.empty
      return left.breaker
        ? { sentence: actions.held(wordOf(left.breaker, text)), isPartial: true }
        : actions.noneDue(left.mailboxes)
    })
  const resetErrors = () =>
    act(actions.resetErrors, null, calls.resetErrors, (data) => actions.wasReset(data.error_count_before))
  const setPaused = (wanted: boolean) =>
    act(
      wanted ? actions.pause : actions.resume,
      null,
      () => calls.setPaused(wanted),
      ({ paused, changed }) =>
        paused
          ? changed
            ? pausedNow
            : actions.pausedAlready
          : changed
            ? actions.resumed
            : actions.resumedAlready,
    )

  return (
    <div class="actions" role="group" aria-label={actions.title}>
      {isPaused !== null && (
        <Action kind={isPaused ? 'primary' : undefined} onAct={() => setPaused(!isPaused)}>
          {isPaused ? actions.resume : actions.pause}
        </Action>
      )}
      <Action onAct={sweep}>{actions.sweep}</Action>
      <Action onAct={resetErrors}>{actions.resetErrors}</Action>
      <Action kind="danger" onAct={restart}>
        {actions.restart}…
      </Action>
    </div>
  )
}
