/** The network address of a client. */

/**
 * The client's network, from the platform's own headers. Never from `X-Forwarded-For`: the client can write its first
 * entry. Of an IPv6 address, only the first half counts, because one household controls the second half.
 */
export function clientOf(request: Request): string {
  const named = request.headers.get('x-real-ip') ?? request.headers.get('x-vercel-forwarded-for')
  const address = named?.split(',').at(-1)?.trim().toLowerCase() ?? ''
  if (!address.includes(':')) return address || 'unknown'
  // ::ffff:192.0.2.1 is an IPv4 address in IPv6 notation.
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
