/** The fault switches. Each sets the same fault text as `npm run fault`. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { doing, useModel } from '../model.ts'

const ANSWERS: [string, string][] = [
  ['429:30', '429, retry after 30 s'],
  ['429:3', '429, retry after 3 s'],
  ['500', '500 Internal Server Error'],
  ['502', '502 Bad Gateway'],
  ['403', '403 blocked by the user'],
  ['400', '400 Bad Request'],
  ['timeout', 'no answer, not carried out'],
  ['done-timeout', 'no answer, but carried out'],
  ['reset', 'connection cut'],
]

export function Faults() {
  const { faults } = useModel()
  return (
    <div class="faults">
      <section>
        <h3>Set at the moment</h3>
        {faults.length === 0 && <p class="hint">Nothing. All goes as it should.</p>}
        <ul class="set-faults">
          {faults.map(({ key, title, text, left }) => (
            <li key={key}>
              <span>
                <b>{title}</b>
                <code>{text}</code>
                {left !== null && <small> {left} more</small>}
              </span>
              <button type="button" class="quiet" onClick={() => doing(api.clearFault(key))}>
                Clear
              </button>
            </li>
          ))}
        </ul>
        {faults.length > 0 && (
          <button type="button" class="wide" onClick={() => doing(api.clearFault())}>
            Clear all
          </button>
        )}
      </section>
      <Section title="Delivery to the webhook">
        <Switch
          fault="webhook=drop"
          title="Drop the next answer"
          hint="the webhook runs, Telegram sends it again"
        />
        <Switch fault="webhook=twice" title="Deliver twice" hint="two copies at the same time" />
        <Switch
          fault="webhook=reorder"
          title="Out of order"
          hint="waits 3 s for a newer update to overtake"
        />
      </Section>
      <Section title="Telegram's answers">
        <TelegramFault />
        <Switch fault="token=revoked" title="Revoke the token" hint="every call answers 401" />
      </Section>
      <Section title="The store">
        <Switch fault="store=down" title="Down" hint="connections are cut" />
        <Switch fault="store=slow:1000" title="1 s slow" hint="each answer comes late" />
        <Switch fault="store=slow:5000" title="5 s slow" hint="longer than every time limit" />
      </Section>
      <Section title="Kill the function">
        <Kill />
      </Section>
    </div>
  )
}

const Section = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <section>
    <h3>{title}</h3>
    {children}
  </section>
)

function Switch({ fault, title, hint }: { fault: string; title: string; hint: string }) {
  const { faults } = useModel()
  const set = faults.find(({ text }) => text === fault)
  const turn = () => doing(set ? api.clearFault(set.key) : api.setFault(fault))
  return (
    <label class="switch">
      <span>
        {title}
        <small>{hint}</small>
      </span>
      <input type="checkbox" role="switch" checked={set !== undefined} onChange={turn} data-fault={fault} />
    </label>
  )
}

function TelegramFault() {
  const { methods } = useModel()
  const [method, setMethod] = useState('sendMessage')
  const [answer, setAnswer] = useState('429:30')
  const [times, setTimes] = useState('1')
  const set = () =>
    doing(api.setFault(`telegram:${method}=${answer}`, times === '' ? undefined : Number(times)))
  return (
    <div class="fields">
      <label>
        Method
        <select aria-label="Method" value={method} onChange={(event) => setMethod(event.currentTarget.value)}>
          <option value="*">every method</option>
          {methods.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        Answer
        <select aria-label="Answer" value={answer} onChange={(event) => setAnswer(event.currentTarget.value)}>
          {ANSWERS.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Times
        <input
          type="number"
          min="1"
          placeholder="always"
          value={times}
          onInput={(event) => setTimes(event.currentTarget.value)}
        />
      </label>
      <button type="button" class="wide" onClick={set}>
        Set
      </button>
    </div>
  )
}

function Kill() {
  const { crashPoints } = useModel()
  const [point, setPoint] = useState('sent')
  return (
    <div class="fields">
      <label>
        Point
        <select aria-label="Point" value={point} onChange={(event) => setPoint(event.currentTarget.value)}>
          {Object.keys(crashPoints).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <p class="hint">{crashPoints[point]}. It happens once; another invocation goes on after the lease.</p>
      <button type="button" class="wide danger" onClick={() => doing(api.setFault(`kill=${point}`))}>
        Kill at the next passing
      </button>
    </div>
  )
}
