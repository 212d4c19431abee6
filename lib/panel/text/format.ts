/** Formats numbers, durations, sizes and times for a language. */

export interface Format {
  number: (value: number) => string
  ms: (value: number | null) => string
  bytes: (value: number) => string
  /** 90 -> "1 min 30 s": the two largest units. */
  seconds: (value: number) => string
  clock: (at: string | number) => string
  /** Hours and minutes. */
  hour: (at: number) => string
  /** Date and time to the second. */
  moment: (at: string) => string
  /** "3 minutes ago", "in 5 seconds". */
  ago: (at: string, nowMs: number) => string
}

const STEPS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const
const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

export function formatOf(language: string): Format {
  const unit = (name: string, digits = 0) =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit: name,
      unitDisplay: name === 'byte' ? 'long' : 'short',
      maximumFractionDigits: digits,
    })
  const numbers = new Intl.NumberFormat(language)
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'medium' })
  const hour = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' })
  const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })

  const seconds = (value: number) => {
    let rest = Math.max(0, Math.round(value))
    const parts: string[] = []
    for (const [name, size] of STEPS) {
      const whole = Math.floor(rest / size)
      if (whole > 0 && parts.length < 2) parts.push(unit(name).format(whole))
      rest -= whole * size
    }
    return parts.join(' ') || unit('second').format(0)
  }
  return {
    number: (value) => numbers.format(value),
    ms: (value) => (value === null ? '–' : ms(value)),
    bytes(value) {
      const power = value < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log2(value) / 10))
      return unit(SIZES[power] ?? 'byte', power > 1 ? 1 : 0).format(value / 1024 ** power)
    },
    seconds,
    clock: (at) => clock.format(new Date(at)),
    hour: (at) => hour.format(new Date(at)),
    moment: (at) => moment.format(new Date(at)),
    ago(at, nowMs) {
      const away = (Date.parse(at) - nowMs) / 1000
      const [name, size] = STEPS.find(([, size]) => Math.abs(away) >= size) ?? STEPS[3]
      return relative.format(Math.trunc(away / size), name)
    },
  }

  function ms(value: number) {
    return value < 1000
      ? unit('millisecond').format(Math.round(value))
      : unit('second', 1).format(value / 1000)
  }
}
