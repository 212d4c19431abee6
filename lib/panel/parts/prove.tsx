import { useState } from 'preact/hooks'
import { calls } from '../http/calls.ts'
import type { Proof } from '../../contract.ts'
import { failureText } from '../state/failure-text.ts'
import { useLanguage } from '../text/language.tsx'
import { pick, wordOf } from '../text/word.ts'
import { Action } from './action.tsx'
import { ToneIcon } from './icon.tsx'
import { useResultLine } from './result-line.tsx'

/** The self-test: sends a test update through every step and shows how long each step took. */
export function Prove() {
  const { text, format } = useLanguage()
  const { setup } = text
  const showResult = useResultLine()
  const [proof, setProof] = useState<Proof | null>(null)

  const stepName = (step: string) => pick(setup.steps, step) ?? step
  const prove = async () => {
    setProof(null)
    showResult(null)
    const outcome = await calls.prove()
    if (!outcome.ok) {
      showResult({
        tone: 'bad',
        sentence: text.actions.failed(setup.prove, failureText(outcome.failure, text)),
      })
      return
    }
    setProof(outcome.data)
    const { ok, steps, total_ms: totalMs } = outcome.data
    const broken = steps.find((step) => !step.ok)
    showResult(
      ok
        ? { tone: 'good', sentence: setup.proved(format.ms(totalMs)) }
        : { tone: 'bad', sentence: setup.notProved(broken ? stepName(broken.step) : '?') },
    )
  }

  return (
    <section class="prove" aria-labelledby="prove-title">
      <div class="prove-head">
        <div>
          <h2 id="prove-title">{setup.proveTitle}</h2>
          <p class="intro">{setup.proveIntro}</p>
        </div>
        <Action kind="primary" onAct={prove}>
          {setup.prove}
        </Action>
      </div>
      {proof && (
        <ol class="proof">
          {proof.steps.map(({ step, ok, ms, error }) => (
            <li key={step} class={ok ? 'good' : 'bad'}>
              <ToneIcon tone={ok ? 'good' : 'bad'} />
              <span>{stepName(step)}</span>
              <b>{format.ms(ms)}</b>
              {error && <p>{wordOf(error, text)}</p>}
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
