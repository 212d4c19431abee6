/** The page, built by Vite in memory: at the first request, and again when its sources have changed. */
import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HttpError } from '../../errors.ts'

const PAGE = fileURLToPath(new URL('../page/', import.meta.url))
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Nothing but the page's own files, its own server, and what the user picks or records. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

type Files = ReadonlyMap<string, string | Uint8Array>

export interface Page {
  /** Builds the page in advance, so that the first look does not wait. */
  warm(): Promise<void>
  /** @throws HttpError 404 for a file that the page does not have */
  serve(pathname: string): Promise<Response>
}

export function createPage(): Page {
  let built: { at: number; files: Promise<Files> } | null = null

  async function files(): Promise<Files> {
    const at = await newestChange()
    if (built === null || built.at < at) built = { at, files: build() }
    return built.files.catch((error: unknown) => {
      built = null
      throw error
    })
  }

  return {
    warm: () =>
      files().then(
        () => {},
        () => {},
      ),
    async serve(pathname) {
      const name = pathname === '/dev/' ? 'index.html' : pathname.slice('/dev/'.length)
      const file = (await files()).get(name)
      if (file === undefined) throw new HttpError(404, 'not_found', 'There is nothing here')
      return new Response(typeof file === 'string' ? file : new Uint8Array(file), {
        headers: {
          'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
          'content-security-policy': POLICY,
          'permissions-policy': 'microphone=(self)',
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-opener-policy': 'same-origin',
          'cache-control': 'no-store',
        },
      })
    },
  }
}

async function newestChange(): Promise<number> {
  const names = await readdir(PAGE, { recursive: true })
  const times = await Promise.all(names.map(async (name) => (await stat(join(PAGE, name))).mtimeMs))
  return Math.max(...times)
}

async function build(): Promise<Files> {
  const vite = await import('vite')
  const { NODE_ENV } = process.env
  const result = await vite.build({ configFile: join(PAGE, 'vite.config.ts'), build: { write: false } })
  // A build calls itself production, and with it the whole process: the functions would report so.
  if (NODE_ENV === undefined) delete process.env['NODE_ENV']
  else process.env['NODE_ENV'] = NODE_ENV
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((one) =>
    'output' in one ? one.output : [],
  )
  return new Map(outputs.map((one) => [one.fileName, one.type === 'chunk' ? one.code : one.source]))
}
