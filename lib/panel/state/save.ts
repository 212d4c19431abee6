/** Downloads a value as a JSON file. The browser makes the file; the server sends none. */
export function saveJson(name: string, value: unknown): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  // By the next task, the browser has started the download.
  setTimeout(() => URL.revokeObjectURL(url), 0)
}
