/** The least that a webhook which asks the store once can be: one bare EVAL, then 200. */
import { Redis } from '@upstash/redis'
import { fetchServer } from './fetch-server.ts'
import { listen, setting } from './listen.ts'

const redis = new Redis({
  url: setting('UPSTASH_REDIS_REST_URL'),
  token: setting('UPSTASH_REDIS_REST_TOKEN'),
  automaticDeserialization: false,
  enableTelemetry: false,
  readYourWrites: false,
  enableAutoPipelining: false,
  retry: { retries: 0 },
})
listen(
  fetchServer(async (request) => {
    await request.text()
    await redis.eval('return 1', [], [])
    return Response.json({ ok: true })
  }),
)
