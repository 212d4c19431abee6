/** Language and appearance, the only things that this page keeps in the browser. */

type Name = 'language' | 'theme'

export const preference = {
  read(name: Name): string | null {
    try {
      return localStorage.getItem(`evergram:${name}`)
    } catch {
      // Storage is switched off, or this is a frame without any.
      return null
    }
  },
  write(name: Name, value: string): void {
    try {
      localStorage.setItem(`evergram:${name}`, value)
    } catch {
      // Then it holds until the page is closed.
    }
  },
}
