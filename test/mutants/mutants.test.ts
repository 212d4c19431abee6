/** The mutants in their short form: the list fits the code, and two of them die. `npm run test:mutants` tries them all. */
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { copyTree, judge, occurrences } from './judge.ts'
import { MUTANTS } from './list.ts'

/**
 * Two guards whose tests take least, on any engine. That those tests pass without a mutant is not asked here: they
 * are a part of the same run.
 */
const PAIR = ['lib/inbox/renew.ts: the fence is not compared', 'lib/auth/init-data.ts: any hash will do']

describe('every mutant', () => {
  it('takes away what is there exactly once', () => {
    expect(MUTANTS.filter((mutant) => occurrences(mutant) !== 1).map(({ name }) => name)).toEqual([])
  })

  it('has a name of its own, and changes something', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
    expect(MUTANTS.filter(({ from, to }) => from === to)).toEqual([])
  })
})

describe('of two', () => {
  let copy: string | undefined
  afterAll(() => {
    if (copy !== undefined) rmSync(copy, { recursive: true, force: true })
  })

  it.each(PAIR)(
    'is killed: %s',
    async (name) => {
      const mutant = MUTANTS.find((each) => each.name === name)
      if (!mutant) throw new Error('not in the list')
      copy ??= copyTree()
      expect(await judge(copy, mutant)).toMatchObject({ word: 'killed' })
    },
    180_000,
  )
})
