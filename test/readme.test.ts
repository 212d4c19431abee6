/** The examples of the READMEs are code of this repository that is compiled and runs. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

/** The TypeScript blocks of a part of a README, from its heading to the next one. */
function blocksUnder(readme: string, heading: string): string[] {
  const [, part = ''] = `\n${read(readme)}`.split(`\n${heading}\n`)
  const [section = ''] = part.split(/\n#{1,2} /)
  return [...section.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block)
}

/** A file of test/ as it stands in README.md, where the feature is in lib/bot/features. */
const asInReadme = (path: string) =>
  read(path)
    .replaceAll("'../../../lib/kit/", "'../../kit/")
    .replaceAll("'./roll.ts'", "'../../../lib/bot/features/roll.ts'")

describe('"Your first feature" in README.md', () => {
  const blocks = blocksUnder('README.md', '## Your first feature')

  it('has a feature and its test', () => {
    expect(blocks).toHaveLength(2)
  })

  it('shows the feature that the tests run', () => {
    expect(blocks[0]).toBe(asInReadme('test/bot/features/roll.ts'))
  })

  it('shows a test that runs with all others', () => {
    expect(blocks[1]).toBe(asInReadme('test/bot/features/roll.test.ts'))
  })
})

it('the example of lib/testing/README.md is a test that runs with all others', () => {
  const [block] = blocksUnder('lib/testing/README.md', '# lib/testing: testing a feature')
  const file = read('test/testing/readme.test.ts')
  expect(block).toBe(file.replaceAll("'../../lib/testing/", "'./").replaceAll("'../../lib/kit/", "'../kit/"))
})
