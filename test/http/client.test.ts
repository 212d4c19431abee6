import { expect, it } from 'vitest'
import { clientOf } from '../../lib/http/client.ts'

const from = (headers: Record<string, string>) => clientOf(new Request('http://localhost/', { headers }))

it.each([
  [{ 'x-real-ip': '192.0.2.1' }, '192.0.2.1'],
  [{ 'x-real-ip': ' 192.0.2.1 ' }, '192.0.2.1'],
  [{ 'x-vercel-forwarded-for': '192.0.2.1' }, '192.0.2.1'],
  [{ 'x-vercel-forwarded-for': '203.0.113.9, 192.0.2.1' }, '192.0.2.1'],
  [{ 'x-real-ip': '192.0.2.1', 'x-forwarded-for': '203.0.113.9' }, '192.0.2.1'],
  [{ 'x-forwarded-for': '203.0.113.9' }, 'unknown'],
  [{}, 'unknown'],
  [{ 'x-real-ip': '::ffff:192.0.2.1' }, '192.0.2.1'],
  [{ 'x-real-ip': '2001:db8:1:2:3:4:5:6' }, '2001:db8:1:2::/64'],
  [{ 'x-real-ip': '2001:DB8:1:2:ffff::1' }, '2001:db8:1:2::/64'],
  [{ 'x-real-ip': '2001:0db8:0001:0002::1' }, '2001:db8:1:2::/64'],
  [{ 'x-real-ip': '2001:db8::1' }, '2001:db8:0:0::/64'],
  [{ 'x-real-ip': '::1' }, '0:0:0:0::/64'],
  [{ 'x-real-ip': 'fe80::1%eth0' }, 'fe80:0:0:0::/64'],
])('%j is %s', (headers, client) => {
  expect(from(headers)).toBe(client)
})
