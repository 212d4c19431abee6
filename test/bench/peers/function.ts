/**
 * One of Evergram's functions on plain Node, as the platform starts it: `node function.js api/webhook.js`. The file
 * is loaded before the server listens; each request is handed to the export of its method.
 */
import { pathToFileURL } from 'node:url'
import { fetchServer } from './fetch-server.ts'
import { listen } from './listen.ts'

type Handlers = Record<string, (request: Request) => Promise<Response>>

const handlers = (await import(pathToFileURL(process.argv[2] ?? '').href)) as Handlers
listen(
  fetchServer(async (request) => {
    const handler = handlers[request.method]
    return handler ? handler(request) : new Response(null, { status: 405 })
  }),
)
