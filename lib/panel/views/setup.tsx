import { calls } from '../http/calls.ts'
import { useLoaded } from '../state/loaded.ts'
import { useSpeech } from '../text/language.tsx'
import { Action } from '../parts/action.tsx'
import { CheckLine } from '../parts/check-line.tsx'
import { Prove } from '../parts/prove.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { ViewHead } from './head.tsx'

/** Whether all is there that the bot needs, what to do where it is not, and the proof that it works. */
export function SetupView({ onSignedOut }: { onSignedOut: () => void }) {
  const { text } = useSpeech()
  const loaded = useLoaded(calls.setup, onSignedOut)
  const checks = loaded.data?.checks ?? []
  const isVariable = (id: string) => id.startsWith('variable:')
  const parts = [
    { title: text.setup.services, checks: checks.filter(({ id }) => !isVariable(id)) },
    { title: text.setup.variables, checks: checks.filter(({ id }) => isVariable(id)) },
  ]
  return (
    <>
      <ViewHead title={text.setup.title} intro={text.setup.intro}>
        <Action onAct={loaded.reload}>{text.setup.again}</Action>
      </ViewHead>
      <Trouble loaded={loaded} />
      <Prove />
      {parts.map(
        (part) =>
          part.checks.length > 0 && (
            <section key={part.title}>
              <h2>{part.title}</h2>
              <ul class="checks">
                {part.checks.map((check) => (
                  <CheckLine key={check.id} check={check} />
                ))}
              </ul>
            </section>
          ),
      )}
    </>
  )
}
