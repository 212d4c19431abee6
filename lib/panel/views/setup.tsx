import { calls } from '../http/calls.ts'
import { useLoaded } from '../state/loaded.ts'
import { useLanguage } from '../text/language.tsx'
import { Action } from '../parts/action.tsx'
import { CheckLine } from '../parts/check-line.tsx'
import { Prove } from '../parts/prove.tsx'
import { LoadingOrError } from '../parts/loading-or-error.tsx'
import { ViewHead } from './head.tsx'

/** The setup check with its remedies, and the self-test. */
export function SetupView({ onSignedOut }: { onSignedOut: () => void }) {
  const { text } = useLanguage()
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
      <LoadingOrError loaded={loaded} />
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
