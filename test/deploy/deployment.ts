/** A built project as one origin: config.json's routes before functions that start at their first request. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { destinationOf, type FunctionName, type OutputConfig } from './contract.ts'
import { startFunction, type FunctionProcess, type StartOptions } from './runtime.ts'

export interface Deployment {
  url: string
  /** What a function has printed; empty before its first request. */
  output(name: FunctionName): Promise<string>
  close(): Promise<void>
}

/**
 * Serves `.vercel/output` of a project on loopback.
 * @param options.env is given the deployment's own URL
 */
export async function startDeployment(
  project: string,
  options: Omit<StartOptions, 'env'> & { env: (url: string) => Record<string, string> },
): Promise<Deployment> {
  const output = join(project, '.vercel', 'output')
  const { routes } = JSON.parse(await readFile(join(output, 'config.json'), 'utf8')) as OutputConfig
  const functions = new Map<string, Promise<FunctionProcess>>()
  const functionAt = (path: string): Promise<FunctionProcess> => {
    const started = functions.get(path)
    if (started) return started
    const starting = startFunction(join(output, 'functions', `${path}.func`), `${path.slice(1)}.js`, {
      ...options,
      env: options.env(url),
    })
    functions.set(path, starting)
    return starting
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    // A function's own path comes before the rewrites, as a file's does.
    const isFunction = existsSync(join(output, 'functions', `${pathname}.func`))
    const destination = isFunction ? pathname : destinationOf(routes, pathname)
    if (!destination?.startsWith('/api/')) {
      response.writeHead(Number(destination ?? 404)).end()
      return
    }
    functionAt(destination)
      .then(({ port }) => forward(request, response, port))
      .catch((error: unknown) => response.writeHead(502).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    output: async (name) => (await functions.get(`/api/${name}`))?.output() ?? '',
    async close() {
      await Promise.allSettled([...functions.values()].map(async (starting) => (await starting).close()))
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Passes a request on as it came: on Vercel too a function sees the path that was asked for. */
function forward(request: IncomingMessage, response: ServerResponse, port: number): void {
  const headers = {
    ...request.headers,
    'x-forwarded-host': request.headers.host,
    'x-forwarded-proto': 'http',
  }
  const { method, url } = request
  const passed = sendRequest({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  passed.once('error', (error) => response.writeHead(502).end(error.message))
  request.pipe(passed)
}
