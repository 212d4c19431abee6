/** Line icons as SVG, because not every machine has an icon font. */
const PATHS = {
  plus: 'M12 5v14M5 12h14',
  mic: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11.500a6.500 6.500 0 0 0 13 0M12 18v3',
  send: 'M4 12l16-8-5 16-3.500-6.500zM11.500 13.500L20 4',
  back: 'M14.500 5l-7 7 7 7',
  keyboard: 'M3 6.500h18v11H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8',
  pulse: 'M3 12h4l2.500-6 4.500 12 2.500-6h4.500',
  auto: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16',
  light:
    'M12 8.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600L7 7M17 17l1.400 1.400M5.600 18.400L7 17M17 7l1.400-1.400',
  dark: 'M19.500 14A8 8 0 0 1 10 4.500 8 8 0 1 0 19.500 14z',
  reply: 'M9.500 6L4 11.500 9.500 17M4.500 11.500H14a6 6 0 0 1 6 6V18',
  edit: 'M4 20l1-4L16.500 4.500l3 3L8 19zM14 7l3 3',
  code: 'M8.500 7L4 12l4.500 5M15.500 7L20 12l-4.500 5',
  close: 'M6 6l12 12M18 6L6 18',
  check: 'M5 12.500l4.500 4.500L19 7',
  down: 'M12 4v12M7 11.500l5 5 5-5M5 20h14',
  photo: 'M4 5h16v14H4zM4 16l5-5 4 4 2.500-2.500L20 17M15.500 9h.01',
  file: 'M7 3h7l4 4v14H7zM14 3v4h4',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.500 20.500a7.500 7.500 0 0 1 15 0',
  pin: 'M12 21s-6.500-6-6.500-11a6.500 6.500 0 0 1 13 0c0 5-6.500 11-6.500 11zM12 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
} as const

export type IconName = keyof typeof PATHS

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
)

interface ButtonProps {
  icon: IconName
  title: string
  class?: string
  onClick: () => void
  expanded?: boolean
  /** True: show a dot as a hint. */
  marked?: boolean
}

/** A round button with an icon; its title is its accessible name. */
export const IconButton = (props: ButtonProps) => (
  <button
    type="button"
    class={`round ${props.class ?? ''}`}
    title={props.title}
    aria-expanded={props.expanded}
    onClick={props.onClick}
  >
    <Icon name={props.icon} />
    {props.marked === true && <i class="dot" />}
  </button>
)
