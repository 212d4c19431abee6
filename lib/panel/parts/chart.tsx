import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { Detail } from '../../contract.ts'
import { useLanguage } from '../text/language.tsx'
import { plotOptions, seriesOf } from './plot.ts'

const HEIGHTS = { line: 190, bars: 76 }
const COLOURS = ['line', 'fill', 'bars', 'grid', 'ink'] as const

/** The last 24 hours: updates per minute above, failures below, and a summary in words for screen readers. */
export function Chart({ history, nowMs }: { history: Detail['history']; nowMs: number }) {
  const { text, format } = useLanguage()
  const box = useRef<HTMLDivElement>(null)
  const plots = useRef<{ line: uPlot; bars: uPlot } | null>(null)
  const [point, setPoint] = useState<number | null>(null)
  const series = useMemo(() => seriesOf(history, nowMs), [history, nowMs])
  const [ats, perMinute, failures] = series

  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    // A canvas cannot use CSS variables: each colour is set on a hidden element and read from there.
    const colour = (name: (typeof COLOURS)[number]) =>
      getComputedStyle(element.querySelector(`.chart-${name}`) ?? element).color
    const make = (kind: 'line' | 'bars') => {
      const width = element.clientWidth
      const options = plotOptions({ width, height: HEIGHTS[kind], kind, format, colour, onPoint: setPoint })
      return new uPlot(options, [[], []], element)
    }
    const made = { line: make('line'), bars: make('bars') }
    plots.current = made
    const resize = new ResizeObserver(() => {
      for (const kind of ['line', 'bars'] as const) {
        made[kind].setSize({ width: element.clientWidth, height: HEIGHTS[kind] })
      }
    })
    resize.observe(element)
    const redraw = () => {
      for (const plot of [made.line, made.bars]) plot.redraw()
    }
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', redraw)
    document.addEventListener('themechange', redraw)
    return () => {
      resize.disconnect()
      scheme.removeEventListener('change', redraw)
      document.removeEventListener('themechange', redraw)
      made.line.destroy()
      made.bars.destroy()
      plots.current = null
    }
  }, [format])

  useEffect(() => {
    plots.current?.line.setData([ats, perMinute])
    plots.current?.bars.setData([ats, failures])
  }, [format, ats, perMinute, failures])

  const sum = (field: 'accepted' | 'failed' | 'dead') =>
    history.slots.reduce((total, slot) => total + slot[field], 0)
  const summary = text.chart.summary(sum('accepted'), sum('failed'), sum('dead'))
  const at = point ?? ats.length - 1
  return (
    <section class="chart" aria-labelledby="chart-title">
      <h2 id="chart-title">{text.chart.title}</h2>
      <p class="chart-summary">{summary}</p>
      <p class="chart-legend" aria-hidden="true">
        <span class="chart-at">{format.hour((ats[at] ?? 0) * 1000)}</span>
        <span class="key line">{text.chart.perMinute}</span>
        <b>{format.number(Math.round((perMinute[at] ?? 0) * 10) / 10)}</b>
        <span class="key bars">{text.chart.failures}</span>
        <b>{format.number(failures[at] ?? 0)}</b>
      </p>
      <div class="chart-box" ref={box} role="img" aria-label={`${text.chart.title}: ${summary}`}>
        {COLOURS.map((name) => (
          <i key={name} class={`chart-${name}`} />
        ))}
      </div>
    </section>
  )
}
