/**
 * Preloaded into every Node process of a build: refuses each TCP connection and writes down where it was to
 * go, so that "offline" is a fact of the build and not of the machine.
 */
const { appendFileSync } = require('node:fs')
const { Socket } = require('node:net')

// Called with the socket as its `this` below.
const connect = Reflect.get(Socket.prototype, 'connect')

Socket.prototype.connect = function sealedConnect(...args) {
  // net.connect passes its arguments on as one array.
  const [target, host] = Array.isArray(args[0]) ? args[0] : args
  const options = typeof target === 'object' ? target : { port: target, host }
  if (options.path) return connect.apply(this, args)
  const place = `${options.host ?? 'localhost'}:${options.port}`
  appendFileSync(process.env.SEALED_LOG, `${place}\n`)
  process.nextTick(() => this.destroy(new Error(`the build is sealed: no connection to ${place}`)))
  return this
}
