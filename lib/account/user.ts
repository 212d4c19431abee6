/** The operator's own account, as it is told. */
import type { tl } from '@mtcute/core'
import type { AccountUser } from '../contract.ts'

/** What is missing is null. */
export function userOf(user: tl.TypeUser): AccountUser {
  if (user._ !== 'user')
    return { id: String(user.id), name: '', username: null, phone: null, is_premium: false }
  return {
    id: String(user.id),
    name: [user.firstName, user.lastName].filter(Boolean).join(' '),
    username: user.username ?? user.usernames?.find(({ active }) => active)?.username ?? null,
    phone: user.phone ? masked(user.phone) : null,
    is_premium: user.premium ?? false,
  }
}

/** The last two digits: enough for the owner to recognise the number, and too little to call it. */
function masked(phone: string): string {
  const digits = phone.replace(/\D/g, '')
  return `+${'•'.repeat(Math.max(0, digits.length - 2))}${digits.slice(-2)}`
}
