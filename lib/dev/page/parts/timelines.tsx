import { useEffect, useRef, useState } from 'preact/hooks'
import type { Step, Timeline } from '../../simulator/wire.ts'
import { change, useModel, userOf } from '../model.ts'
import { gist } from './chat-list.tsx'
import { Json, RawCall } from './raw.tsx'
import { duration, exactTimeOf } from './time.ts'

/** Maximum number of updates shown. */
const MOST = 60

export function Timelines() {
  const { timelines, chat, focus } = useModel()
  const [isAll, all] = useState(false)
  const shown = [...timelines.values()]
    .filter((one) => isAll || one.chatId === chat || one.updateId === focus)
    .slice(-MOST)
    .reverse()
  return (
    <>
      <p class="bar">
        <label class="choice">
          <input type="checkbox" checked={isAll} onChange={() => all(!isAll)} /> updates of all chats
        </label>
      </p>
      {shown.length === 0 && (
        <p class="hint">Each update shows here what befell it, from Telegram to the end.</p>
      )}
      <ol class="timelines">
        {shown.map((timeline) => (
          <OneTimeline key={timeline.updateId} timeline={timeline} isNewest={timeline === shown[0]} />
        ))}
      </ol>
    </>
  )
}

function gistOf({ kind, raw }: Timeline): string {
  const body = raw[kind] as Record<string, unknown> & { data?: string }
  if (kind === 'callback_query') return `presses ${body.data ?? 'a button'}`
  if (kind === 'message' || kind === 'edited_message') return gist(body as never)
  return ''
}

function OneTimeline({ timeline, isNewest }: { timeline: Timeline; isNewest: boolean }) {
  const { focus } = useModel()
  const { updateId, steps, standing, kind, userId } = timeline
  const isOpen = focus === updateId || (focus === null && isNewest)
  const item = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (focus === updateId) item.current?.scrollIntoView({ block: 'nearest' })
  }, [focus, updateId])
  const faults = [...new Set(steps.flatMap(({ fault }) => fault ?? []))]
  const [first] = steps
  const end = steps.findLast(({ name }) => name === 'settled' || name === 'dead')
  return (
    <li ref={item} class={isOpen ? 'timeline open' : 'timeline'} data-update={updateId}>
      <button
        type="button"
        class="timeline-head"
        aria-expanded={isOpen}
        onClick={() => change((now) => (now.focus = isOpen ? -1 : updateId))}
      >
        <span class={`standing ${standing}`}>{standing}</span>
        <span class="timeline-what">
          <b>{gistOf(timeline) || kind}</b>
          <small>
            {exactTimeOf(timeline.at)} {userOf(userId)?.first_name ?? ''} · {kind} {updateId}
          </small>
        </span>
        <small class="timeline-ms">{end && first ? duration(end.at - first.at) : ''}</small>
      </button>
      {faults.length > 0 && (
        <p class="chips">
          {faults.map((fault) => (
            <span key={fault} class="chip fault">
              {fault}
            </span>
          ))}
        </p>
      )}
      {isOpen && (
        <ol class="steps">
          {steps.map((step, index) => (
            <OneStep
              key={`${index} ${step.name}`}
              step={step}
              sinceMs={step.at - (first?.at ?? 0)}
              isByAnother={
                step.invocation !== steps.slice(0, index).findLast((one) => one.invocation)?.invocation
              }
            />
          ))}
        </ol>
      )}
    </li>
  )
}

/** @param isByAnother the step belongs to another invocation than the step before */
function OneStep({ step, sinceMs, isByAnother }: { step: Step; sinceMs: number; isByAnother: boolean }) {
  const { calls } = useModel()
  const [isOpen, open] = useState(false)
  const call = step.callId === undefined ? undefined : calls.get(step.callId)
  const hasMore = call !== undefined || step.detail !== undefined
  return (
    <li class={`step ${step.name} ${step.state}`}>
      <span class="since">+{duration(sinceMs)}</span>
      <span class="knot" aria-hidden="true" />
      <div>
        {hasMore ? (
          <button type="button" class="step-title" aria-expanded={isOpen} onClick={() => open(!isOpen)}>
            {step.title}
          </button>
        ) : (
          <span class="step-title">{step.title}</span>
        )}
        {step.ms !== undefined && <small class="step-ms"> {duration(step.ms)}</small>}
        {step.invocation !== undefined && isByAnother && <small class="by">{step.invocation}</small>}
        {step.fault !== undefined && <span class="chip fault">{step.fault}</span>}
        {isOpen && call !== undefined && <RawCall call={call} open />}
        {isOpen && call === undefined && step.detail !== undefined && <Json value={step.detail} />}
      </div>
    </li>
  )
}
