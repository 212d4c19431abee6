/** Files in the parameters of a call: which calls telegraf must upload, and which can be sent only once. */

/** Parameters that hold a file; a button or a link preview has a `url` too. */
const FILE_FIELDS = new Set([
  'animation',
  'audio',
  'certificate',
  'cover',
  'document',
  'media',
  'photo',
  'sticker',
  'thumbnail',
  'video',
  'video_note',
  'voice',
])

const DEEPEST = 3

/** True where the parameters hold a file that only an upload can send: `{ source }`, or `{ url }` to be fetched. */
export function hasFile(params: object): boolean {
  return someFile(params, () => true)
}

/** True where a file is a stream: it is empty after its first upload, so the call must not be repeated. */
export function hasStream(params: object): boolean {
  return someFile(params, (file) => typeof (file['source'] as { pipe?: unknown } | null)?.pipe === 'function')
}

function someFile(params: object, is: (file: Record<string, unknown>) => boolean): boolean {
  const look = (value: unknown, name: string, depth: number): boolean => {
    if (typeof value !== 'object' || value === null || depth > DEEPEST) return false
    const fields = value as Record<string, unknown>
    if ('source' in fields || ('url' in fields && FILE_FIELDS.has(name))) return is(fields)
    // An item of a list has the list's name.
    return Object.entries(fields).some(([key, inner]) =>
      look(inner, Array.isArray(value) ? name : key, depth + 1),
    )
  }
  return look(params, '', 0)
}
