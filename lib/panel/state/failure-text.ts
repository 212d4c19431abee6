import type { Failure } from '../http/client.ts'
import type { Texts } from '../text/en.ts'

/** The reason of a failure: in the page's language where the code is known, else the server's message. */
export function failureText({ code, message, status }: Failure, { failures }: Texts): string {
  if (Object.hasOwn(failures, code)) {
    const known = failures[code as keyof typeof failures]
    // Only the server's message names the variables.
    return code === 'configuration_faulty' && message ? `${known} (${message})` : known
  }
  return message || `${status} ${code}`
}
