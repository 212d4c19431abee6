/** Which view is open: the part of the address behind the #, so that back and forward work. */
import { useEffect, useState } from 'preact/hooks'

export const VIEWS = ['overview', 'dead-letters', 'mailboxes', 'setup', 'audit', 'account'] as const
export type View = (typeof VIEWS)[number]

function read(): View {
  return VIEWS.find((view) => location.hash === `#/${view}`) ?? 'overview'
}

export function useView(): View {
  const [view, setView] = useState(read)
  useEffect(() => {
    const follow = () => setView(read())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return view
}
