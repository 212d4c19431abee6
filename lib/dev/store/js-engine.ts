/**
 * The bundled engine as a process of its own: js-redis-server (pure JavaScript, its Lua in WebAssembly)
 * on 127.0.0.1, for machines without a redis-server. Started by engine.ts, over IPC:
 *
 *   sends {"port": <number>} once it listens
 *
 * The package's own server listens on every interface and takes no host, so its parts are put behind a
 * listener of ours. It keeps data in memory only.
 */
import { createServer, type AddressInfo } from 'node:net'
import {
  attachSession,
  createRedisCommandExecutor,
  RedisServerState,
  resolveCompatibilityProfile,
  SocketConnectionTransport,
} from 'js-redis-server/core'

// The oldest version in use here: what passes on it also passes on newer engines and on Upstash.
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

// The channel closes when the parent dies, however it dies (kill -9 included): so does the engine.
process.on('disconnect', () => process.exit(0))

server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
