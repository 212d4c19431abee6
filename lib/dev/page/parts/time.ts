const two = (number: number): string => String(number).padStart(2, '0')

/** Hours and minutes. */
export function timeOf(ms: number): string {
  const date = new Date(ms)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** Hours, minutes, seconds. */
export const exactTimeOf = (ms: number): string => `${timeOf(ms)}:${two(new Date(ms).getSeconds())}`

/** A duration in its shortest form. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  return ms < 60_000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s` : `${Math.round(ms / 1000)} s`
}
