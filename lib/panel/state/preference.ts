/** Language and theme: the only data that this page stores in the browser. */

type Name = 'language' | 'theme'

export const preference = {
  read(name: Name): string | null {
    try {
      return localStorage.getItem(`evergram:${name}`)
    } catch {
      // The browser has disabled storage, or this frame has none.
      return null
    }
  },
  write(name: Name, value: string): void {
    try {
      localStorage.setItem(`evergram:${name}`, value)
    } catch {
      // Without storage, the choice lasts until the page is closed.
    }
  },
}
