/** Who is at the other end of a request, as far as the platform knows. */

/**
 * The client's network, as the platform names it: its own headers and never `X-Forwarded-For`, whose first entry
 * the client writes. Of an IPv6 address only the first half counts, because a household has all of the rest.
 */
export function clientOf(request: Request): string {
  const named = request.headers.get('x-real-ip') ?? request.headers.get('x-vercel-forwarded-for')
  const address = named?.split(',').at(-1)?.trim().toLowerCase() ?? ''
  if (!address.includes(':')) return address || 'unknown'
  // ::ffff:192.0.2.1 is an IPv4 address in IPv6's dress.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1]
  return mapped ?? `${firstHalf(address)}::/64`
}

function firstHalf(address: string): string {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = tail === undefined ? left : [...left, ...zeros, ...right]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
