/**
 * The bundled engine as a separate process: js-redis-server (JavaScript, with Lua in WebAssembly) on 127.0.0.1, for
 * machines without a redis-server. engine.ts starts it, with IPC:
 *
 *   sends {"port": <number>} once it listens
 *
 * The package's server listens on every interface and has no option for the host. So this file uses its parts behind
 * its own listener. Data is in memory only.
 */
import { createServer, type AddressInfo } from 'node:net'
import {
  attachSession,
  createRedisCommandExecutor,
  RedisServerState,
  resolveCompatibilityProfile,
  SocketConnectionTransport,
} from 'js-redis-server/core'

// The oldest version in use: scripts that pass on it also pass on newer engines and on Upstash.
const compatibility = resolveCompatibilityProfile('redis-7.0')
const state = new RedisServerState({ databaseCount: 16, compatibility })
const executor = createRedisCommandExecutor({ compatibility })
const logger = { error: (error: unknown) => console.error(error) }

const server = createServer({ noDelay: true }, (socket) => {
  attachSession(new SocketConnectionTransport(socket), {
    state,
    executor,
    logger,
    clientAddress: `${socket.remoteAddress}:${socket.remotePort}`,
  })
})

// The channel closes when the parent ends in any way, also after kill -9.
process.on('disconnect', () => process.exit(0))

server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
