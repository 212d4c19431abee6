import { encode } from 'uqr'
import { useMemo } from 'preact/hooks'

/** White around the modules, in modules: readers need four. */
const BORDER = 4

/** A QR code as one path: black on white in every theme, because readers expect it. */
export function QrCode({ content, label }: { content: string; label: string }) {
  const { path, size } = useMemo(() => {
    const { data } = encode(content, { border: BORDER, ecc: 'M' })
    const rows = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
    return { path: rows.join(''), size: data.length }
  }, [content])
  return (
    <svg
      class="qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
