/** How the store's refusals and failures are named, and which of them are worth another try. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readStoreFacts } from '../lib/operator/store-facts.ts'
import { openStore } from '../lib/redis.ts'
import { defineScript } from '../lib/script.ts'
import { createTime, type VirtualTime } from './support/virtual.ts'

const SCRIPT = defineScript('test', 'return 1')

describe('a store that answers no', () => {
  let server: Server
  let time: VirtualTime
  let asked: string[]
  /** Null for a store that never answers. */
  let answer: { status: number; text: string } | null
  beforeEach(async () => {
    time = createTime()
    asked = []
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => {
        asked.push(body)
        if (answer) response.writeHead(answer.status).end(answer.text)
      })
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const open = (limits?: { tryMs: number; totalMs: number }) => {
    const { port } = server.address() as AddressInfo
    const store = { url: `http://127.0.0.1:${port}`, token: 'token' }
    const settings = { store, keyPrefix: 'p', storeKeyLocking: false }
    return openStore(settings, { clock: time.clock, ...(limits && { limits }) })
  }
  const refusing = (status: number, error: string) => {
    answer = { status, text: JSON.stringify({ error }) }
    return open()
  }

  it.each([
    [`ERR unknown command 'INFO', with args beginning with: 'memory' `, 'not_supported'],
    [`ERR unknown subcommand 'X'. Try INFO HELP.`, 'not_supported'],
    [`ERR Command is not available: 'INFO'. See the compatibility page for details`, 'not_supported'],
    [`ERR Command "INFO" is not allowed in REST or it has a special context path`, 'not_supported'],
    [`NOPERM this user has no permissions to run the 'info' command`, 'unauthorized'],
    [`WRONGPASS invalid or missing auth token`, 'unauthorized'],
    [`ERR max requests limit exceeded. Limit: 500000, Usage: 500000.`, 'quota_exceeded'],
    [`ERR max daily request limit exceeded. Limit: 10000, Usage: 10000.`, 'quota_exceeded'],
    [`OOM command not allowed when used memory > 'maxmemory'.`, 'store_full'],
    [`WRONGTYPE Operation against a key holding the wrong kind of value`, 'wrong_type'],
    [`ERR user_script:1: This Redis command is not allowed from script`, 'script_failed'],
  ])('is asked once: %s', async (said, code) => {
    const store = refusing(400, said)
    for (const call of [store.ask(['INFO', 'memory']), store.run(SCRIPT, [], [])]) {
      await expect(call).rejects.toMatchObject({ name: 'StoreError', code, definite: true })
    }
    expect(asked).toHaveLength(2)
    expect(time.slept).toEqual([])
  })

  it.each([
    [500, 'ERR internal error', 'bad_answer'],
    [429, 'ERR too many requests', 'bad_answer'],
    [503, 'LOADING Redis is loading the dataset in memory', 'bad_answer'],
  ])('is asked again where that may pass: %i %s', async (status, said, code) => {
    const call = refusing(status, said).run(SCRIPT, [], [], { totalMs: 300 })
    await expect(call).rejects.toMatchObject({ name: 'StoreError', code, definite: false })
    expect(asked).toHaveLength(3)
    expect(time.slept).toEqual([50, 100])
  })

  it.each([
    ['a call without limits of its own', {}, 3],
    ['a call with a longer try', { timeoutMs: 3_600_000 }, 3],
    ['a call with a shorter total', { totalMs: 120 }, 2],
  ])('that is silent ends %s at the limits of the store', async (_which, options, tries) => {
    answer = null
    const call = open({ tryMs: 30, totalMs: 300 }).run(SCRIPT, [], [], options)
    await expect(call).rejects.toMatchObject({ name: 'StoreError', code: 'timeout', definite: false })
    expect(time.slept).toHaveLength(tries - 1)
  })

  it('has no facts then, and is not asked for them again and again', async () => {
    const store = refusing(400, `ERR unknown command 'INFO'`)
    const nothing = { usedBytes: null, maxBytes: null, keys: null, evictionPolicy: null }
    expect(await readStoreFacts(store)).toEqual(nothing)
    expect(asked.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['["DBSIZE"]', '["INFO","memory"]'])
    expect(time.slept).toEqual([])
  })
})
