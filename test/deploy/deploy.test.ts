/** What `vercel build` makes of the project, as it would stand on Vercel. */
import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { destinationOf, headersOf, PATHS, type OutputConfig } from './contract.ts'
import { copyProject, PLANTED_SECRET, sealedBy, vercelBuild } from './vercel.ts'

const build = inject('build')
const output = join(build.project, '.vercel', 'output')
const names = [...new Set(PATHS.map(({ name }) => name))].toSorted()

const readJson = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T

/** The time limit that vercel.json gives a function: its first pattern that matches decides. */
async function maxDurationOf(name: string): Promise<number | undefined> {
  const { functions } = await readJson<{ functions: Record<string, { maxDuration: number }> }>(
    join(build.project, 'vercel.json'),
  )
  const pattern = Object.keys(functions).find((glob) =>
    new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(`api/${name}.ts`),
  )
  return pattern === undefined ? undefined : functions[pattern]?.maxDuration
}

/** Files under a folder, by their paths in it. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted()
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evergram-deploy-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('vercel build', () => {
  it('succeeds, with no network', () => {
    expect(build.code, build.printed).toBe(0)
    expect(build.connections).toEqual([])
  })

  it('would be caught opening a connection', async () => {
    const folder = await temporaryFolder()
    const log = join(folder, 'connections.log')
    const script = "fetch('https://telegram.example/').catch((error) => console.log(error.cause.message))"
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { env: sealedBy(log) })
    expect(stdout).toContain('the build is sealed')
    expect(await readFile(log, 'utf8')).toBe('telegram.example:443\n')
  })

  it('fails on a type error, even in a file that only the functions import', async () => {
    const copy = join(await temporaryFolder(), 'project')
    await copyProject(copy)
    await appendFile(join(copy, 'lib', 'time.ts'), "\nexport const wrong: number = 'a text'\n")
    const failed = await vercelBuild(copy)
    expect(failed.printed).toContain('TS2322')
    expect(failed.code).not.toBe(0)
  })
})

describe('functions', () => {
  it('are the seven of the contract, no more, and fewer than the twelve that Hobby allows', async () => {
    const made = (await filesOf(join(output, 'functions'))).filter((file) => file.endsWith('.vc-config.json'))
    expect(made).toEqual(names.map((name) => `api/${name}.func/.vc-config.json`))
    expect(made).toHaveLength(7)
    expect(made.length).toBeLessThanOrEqual(12)
  })

  it.each(names)(
    '%s runs on Node 24 with the time limit of vercel.json, out of its own folder',
    async (name) => {
      const folder = join(output, 'functions', 'api', `${name}.func`)
      const config = await readJson<Record<string, unknown>>(join(folder, '.vc-config.json'))
      const maxDuration = await maxDurationOf(name)
      expect(maxDuration).toBeGreaterThan(0)
      expect(config).toMatchObject({ runtime: 'nodejs24.x', handler: `api/${name}.js`, maxDuration })
      // Files that stay elsewhere would be named here.
      expect(config['filePathMap'] ?? {}).toEqual({})
    },
  )

  it.each(names)('%s holds compiled code and dependencies only', async (name) => {
    const files = await filesOf(join(output, 'functions', 'api', `${name}.func`))
    const own = files.filter((file) => !file.startsWith('node_modules/'))
    expect(own.filter((file) => !/^(api|lib)\/.+\.js(\.map)?$/.test(file))).toEqual([
      '.vc-config.json',
      'package.json',
    ])
    expect(own.filter((file) => /^lib\/(dev|panel)\//.test(file))).toEqual([])
    const packages = new Set(files.map((file) => /^node_modules\/((@[^/]+\/)?[^/]+)\//.exec(file)?.[1]))
    const { devDependencies } = await readJson<{ devDependencies: object }>(
      join(build.project, 'package.json'),
    )
    expect(Object.keys(devDependencies).filter((dependency) => packages.has(dependency))).toEqual([])
  })

  it('give the account 30 seconds, under the lock of its calls, and the others 300', async () => {
    const limits = await Promise.all(names.map(async (name) => [name, await maxDurationOf(name)] as const))
    expect(Object.fromEntries(limits)).toEqual(
      Object.fromEntries(names.map((name) => [name, name === 'account' ? 30 : 300])),
    )
  })

  it.each(names)('%s holds at most 5 MB of the MTProto library', async (name) => {
    const folder = join(output, 'functions', 'api', `${name}.func`)
    const traced = (await filesOf(folder)).filter((file) =>
      /^node_modules\/(@mtcute|@fuman|long)\//.test(file),
    )
    const sizes = await Promise.all(traced.map(async (file) => (await stat(join(folder, file))).size))
    if (name === 'account') expect(traced.length).toBeGreaterThan(0)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(5 * 1024 * 1024)
  })

  it('hold telegraf where updates are processed', async () => {
    const files = await filesOf(join(output, 'functions', 'api', 'webhook.func', 'node_modules', 'telegraf'))
    expect(files).toContain('package.json')
  })
})

describe('static files', () => {
  it('are those of public/ and nothing else', async () => {
    const files = await filesOf(join(output, 'static'))
    expect(files).toContain('index.html')
    expect(files).toEqual(await filesOf(join(build.project, 'public')))
    expect(
      files.filter((file) =>
        /^(lib|api|test|node_modules)\/|^\.env|\.tsx?$|package(-lock)?\.json$|README/i.test(file),
      ),
    ).toEqual([])
  })

  it('hold no secret of a developer, nor does anything else of the build', async () => {
    const holders: string[] = []
    for (const file of await filesOf(output)) {
      if ((await readFile(join(output, file))).includes(PLANTED_SECRET)) holders.push(file)
    }
    expect(holders).toEqual([])
  })
})

describe('config.json', () => {
  it.each(PATHS)('leads $path to $name', async ({ path, name }) => {
    const { routes } = await readJson<OutputConfig>(join(output, 'config.json'))
    expect(destinationOf(routes, path)).toBe(`/api/${name}`)
  })

  it('leads no other path to a function', async () => {
    const { routes } = await readJson<OutputConfig>(join(output, 'config.json'))
    for (const path of ['/', '/webhook/x', '/healthy', '/lib/app.ts', '/.env', '/status/x']) {
      expect(destinationOf(routes, path), path).toBeNull()
    }
  })

  it('answers 404 at /api/status, because the function of /status is api/panel', async () => {
    const { routes } = await readJson<OutputConfig>(join(output, 'config.json'))
    expect(destinationOf(routes, '/api/status')).toBe('404')
  })

  it('leads /app to the Mini App’s page', async () => {
    const { routes } = await readJson<OutputConfig>(join(output, 'config.json'))
    expect(destinationOf(routes, '/app')).toBe('/app.html')
  })

  it.each(['/', '/app', '/app.html', '/assets/index.js', '/status', '/webhook', '/nothing/at/all'])(
    'gives %s one content security policy, and what else keeps a browser safe',
    async (path) => {
      const { routes } = await readJson<OutputConfig>(join(output, 'config.json'))
      const one = (name: string) => {
        const values = headersOf(routes, path, name)
        expect(values, name).toHaveLength(1)
        return values[0] ?? ''
      }
      const policy = one('content-security-policy').split('; ')
      const rules = ["default-src 'none'", "style-src 'self'", "object-src 'none'", "base-uri 'none'"]
      expect(policy).toEqual(expect.arrayContaining(rules))
      expect(policy.join()).not.toMatch(/unsafe|\*(?!\.telegram\.org)/)
      const framed = policy.find((rule) => rule.startsWith('frame-ancestors'))
      const scripts = policy.find((rule) => rule.startsWith('script-src'))
      if (path === '/app') {
        expect(scripts).toBe("script-src 'self' https://telegram.org")
        expect(framed).toBe('frame-ancestors https://web.telegram.org https://*.telegram.org')
      } else {
        expect(scripts).toBe("script-src 'self'")
        expect(framed).toBe("frame-ancestors 'none'")
        expect(policy).toContain("require-trusted-types-for 'script'")
      }
      expect(one('strict-transport-security')).toMatch(/max-age=31536000/)
      expect(one('x-content-type-options')).toBe('nosniff')
      expect(one('referrer-policy')).toBe('no-referrer')
      expect(one('cross-origin-opener-policy')).toBe('same-origin')
      expect(one('cross-origin-resource-policy')).toBe('same-origin')
      expect(one('permissions-policy')).toMatch(/camera=\(\).*microphone=\(\)/)
      expect(headersOf(routes, path, 'x-frame-options')).toEqual([])
    },
  )

  it('has the cron that sweeps once a day, as Hobby allows', async () => {
    const { crons } = await readJson<OutputConfig>(join(output, 'config.json'))
    expect(crons).toEqual([{ path: '/drain', schedule: expect.stringMatching(/^\d+ \d+ \* \* \*$/) }])
  })
})
