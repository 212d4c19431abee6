/** What every server of the benchmark shares: how it listens, and how the benchmark learns that it does. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on loopback at PORT (any free one by default) and tells the process that started this one. */
export function listen(server: Server): void {
  // A benchmark that dies, kill -9 included, leaves no server behind.
  process.once('disconnect', () => process.exit(1))
  server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port })
  })
}

/** A setting that the benchmark always gives. */
export function setting(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}
