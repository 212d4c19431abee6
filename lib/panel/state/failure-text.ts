import type { Failure } from '../http/client.ts'
import type { Texts } from '../text/en.ts'

/** Why something failed, in the page's language where its code is known, else in the server's own words. */
export function failureText({ code, message, status }: Failure, { failures }: Texts): string {
  if (Object.hasOwn(failures, code)) {
    const known = failures[code as keyof typeof failures]
    // The server names the variables; no code can.
    return code === 'configuration_faulty' && message ? `${known} (${message})` : known
  }
  return message || `${status} ${code}`
}
