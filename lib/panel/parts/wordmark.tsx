/** The wordmark. */
export function Wordmark() {
  return (
    <span class="mark">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="9" />
        <path d="M6 16h6l3-7 4 14 3-7h4" />
      </svg>
      Evergram
    </span>
  )
}
