/** Beside the conversation: the timeline of each update, the fault switches, the log. */
import { change, useModel, type Tab } from '../model.ts'
import { Faults } from './faults.tsx'
import { IconButton } from './icon.tsx'
import { Log } from './log.tsx'
import { PhonePanel } from './phone.tsx'
import { Timelines } from './timelines.tsx'

const TABS: [Tab, string][] = [
  ['timeline', 'Timeline'],
  ['faults', 'Faults'],
  ['log', 'Log'],
  ['phone', 'Phone'],
]

export function Inspector() {
  const { tab, faults } = useModel()
  return (
    <aside class="inspector" aria-label="Inspector">
      <div class="tabs">
        <IconButton
          icon="back"
          class="for-narrow"
          title="Back to the chat"
          onClick={() => change((now) => (now.isInspectorOpen = false))}
        />
        <div class="tabs" role="tablist" aria-label="Inspector">
          {TABS.map(([name, title]) => (
            <button
              type="button"
              role="tab"
              key={name}
              aria-selected={tab === name}
              onClick={() => change((now) => (now.tab = name))}
            >
              {title}
              {name === 'faults' && faults.length > 0 && <i class="badge bad">{faults.length}</i>}
            </button>
          ))}
        </div>
      </div>
      <div class="inspector-body">
        {tab === 'timeline' && <Timelines />}
        {tab === 'faults' && <Faults />}
        {tab === 'log' && <Log />}
        {tab === 'phone' && <PhonePanel />}
      </div>
    </aside>
  )
}
