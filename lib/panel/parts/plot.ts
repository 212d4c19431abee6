/** The two plots of the last day, on one time axis: updates per minute, and failures. */
import uPlot from 'uplot'
import type { Detail } from '../../contract.ts'
import type { Format } from '../text/format.ts'

/** Seconds since 1970, updates per minute, failures in the slot. */
export type Series = [atS: number[], perMinute: number[], failures: number[]]

/** Every slot of the last day; a slot that the server left out counts as zero. @param nowMs the server's clock */
export function seriesOf({ slot_s: slotS, slots }: Detail['history'], nowMs: number): Series {
  const bySlot = new Map(slots.map((slot) => [Math.floor(Date.parse(slot.at) / 1000 / slotS), slot]))
  const last = Math.floor(nowMs / 1000 / slotS)
  const count = Math.round(86_400 / slotS)
  const series: Series = [[], [], []]
  for (let index = last - count + 1; index <= last; index++) {
    const slot = bySlot.get(index)
    // The current slot is not complete: divide by the minutes that have passed, at least one.
    const minutes = index === last ? Math.max(60, nowMs / 1000 - index * slotS) / 60 : slotS / 60
    series[0].push(index * slotS)
    series[1].push((slot?.accepted ?? 0) / minutes)
    // Most dead letters failed in the same slot and are counted in both fields: do not add them.
    series[2].push(Math.max(slot?.failed ?? 0, slot?.dead ?? 0))
  }
  return series
}

export interface PlotOptions {
  width: number
  height: number
  kind: 'line' | 'bars'
  format: Format
  /** Reads a colour from the style sheet. Called at each drawing, so a new theme needs no new plot. */
  colour: (name: 'line' | 'fill' | 'bars' | 'grid' | 'ink') => string
  onPoint: (index: number | null) => void
}

export function plotOptions({ width, height, kind, format, colour, onPoint }: PlotOptions): uPlot.Options {
  const font = '12px system-ui, sans-serif'
  const grid = { stroke: () => colour('grid'), width: 1 }
  const isLine = kind === 'line'
  return {
    width,
    height,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'day' }, points: { show: isLine } },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.08)] } },
    axes: [
      {
        show: true,
        stroke: () => colour('ink'),
        font,
        grid: { ...grid, show: false },
        ticks: { show: false },
        size: isLine ? 24 : 8,
        space: 70,
        values: (_plot, ats) => ats.map((at) => (isLine ? format.hour(at * 1000) : '')),
      },
      {
        stroke: () => colour('ink'),
        font,
        grid,
        ticks: { show: false },
        size: 40,
        space: isLine ? 36 : 22,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000],
        values: (_plot, values) => values.map((value) => format.number(value)),
      },
    ],
    series: [
      {},
      isLine
        ? { stroke: () => colour('line'), fill: () => colour('fill'), width: 1.5, points: { show: false } }
        : {
            stroke: () => colour('bars'),
            fill: () => colour('bars'),
            width: 0,
            points: { show: false },
            ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [0.9, 6, 2] }) }),
          },
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  }
}
