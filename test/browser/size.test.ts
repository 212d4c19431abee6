import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const PUBLIC = fileURLToPath(new URL('../../public', import.meta.url))

describe('what is built', () => {
  it('is two pages and their hashed files, and under 64 KB compressed, and under 80 KB with the account, which is asked for when it is opened', async () => {
    const entries = await readdir(PUBLIC, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const names = files.map((file) => file.slice(PUBLIC.length + 1)).sort()
    expect(names.filter((name) => !name.startsWith('assets/'))).toEqual(['app.html', 'index.html'])
    for (const name of names.filter((one) => one.startsWith('assets/'))) {
      expect(name).toMatch(/^assets\/\w+-[\w-]{8}\.(js|css|svg)$/)
    }
    const sizes = await Promise.all(
      files.map(async (file) => ({ file, bytes: gzipSync(await readFile(file)).length })),
    )
    const sum = (some: typeof sizes) => some.reduce((all, { bytes }) => all + bytes, 0)
    expect(sum(sizes.filter(({ file }) => !file.includes('assets/account-')))).toBeLessThan(64_000)
    expect(sum(sizes)).toBeLessThan(80_000)
  })

  it('has no script, style or handler inside a page', async () => {
    for (const page of ['index.html', 'app.html']) {
      const html = await readFile(join(PUBLIC, page), 'utf8')
      expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
      expect(html.includes('telegram.org')).toBe(page === 'app.html')
    }
  })
})
