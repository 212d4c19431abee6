/** The store front in a process of its own, so that it shares an event loop with nothing that is measured. */
import { startStoreFront } from '../../lib/dev/store/front.ts'
import { setting } from './peers/listen.ts'

process.once('disconnect', () => process.exit(1))
const front = await startStoreFront({
  redisPort: Number(setting('REDIS_PORT')),
  token: setting('UPSTASH_REDIS_REST_TOKEN'),
})
process.send?.({ port: front.port })
