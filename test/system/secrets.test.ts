/** Secrets that are easy to find are looked for in every byte that leaves the bot or stays in the store. */
import { describe, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { initDataOf } from '../support/init-data.ts'
import { expectNoLeak } from '../support/leaks.ts'
import { pongs } from '../support/pings.ts'
import { secretsFound } from '../support/secret-forms.ts'
import { everythingIn } from '../support/store-dump.ts'
import { until } from '../support/until.ts'
import { describeSystem, openWorld, type World } from '../support/world.ts'

describeSystem('secrets', () => {
  describe('are found where they are put', () => {
    const secret = 'CANARY-with_odd:chars~0123456789'
    const search = (text: string) => secretsFound(text, { secret })
    const forms = (['latin1', 'base64', 'base64url', 'hex'] as const).flatMap((encoding) =>
      [0, 1, 2].flatMap((before) => [0, 1, 2].map((after) => ({ encoding, before, after }))),
    )

    it.each(forms)(
      'in $encoding, $before bytes before it, $after after it',
      ({ encoding, before, after }) => {
        const bytes = Buffer.from(`${'?'.repeat(before)}${secret}${'x'.repeat(after)}`)
        expect(search(`…${bytes.toString(encoding)}…`)).toEqual(['secret'])
      },
    )

    it('in a URL', () => expect(search(encodeURIComponent(secret))).toEqual(['secret']))

    it('in JSON', () => expect(search(JSON.stringify({ secret }))).toEqual(['secret']))

    it('and nowhere else', () => expect(search('nothing of it')).toEqual([]))
  })

  const leaks: [place: string, leak: (world: World) => unknown][] = [
    ['store', ({ store, secrets }) => store.raw.command('SADD', `${store.prefix}:x`, secrets.botToken)],
    ['answer', ({ target, secrets }) => target.heard?.(new Headers({ x: secrets.adminToken }), '')],
    [
      'message',
      ({ telegram, secrets }) => telegram.sent.push({ chatId: 1, text: secrets.cronSecret, atMs: 0 }),
    ],
  ]
  it.concurrent.each(leaks)(
    'fail the test of a world in whose %s one is found, told by its place alone',
    async (place, leak) => {
      const world = await openWorld()
      await leak(world)
      const error: unknown = await world.close().catch((cause: unknown) => cause)
      expect(String(error)).toMatch(new RegExp(`^Error: leaked: \\w+ in (the|an?) ${place}$`))
    },
  )

  it('fail a test in whose output one is found as a URL has it', () => {
    const texts = { 'the output': `x${encodeURIComponent('a+secret/')}y` }
    expect(() => expectNoLeak(texts, { name: 'a+secret/' })).toThrow('leaked: name in the output')
  })

  it.concurrent('reach no log, no answer, no message and no key: conversation, faults, outage, restart, dead letter', async () => {
    const world = await openWorld({
      isPublic: true,
      speed: 10,
      env: { LOG_LEVEL: 'debug', ADMIN_TELEGRAM_IDS: '901', STORE_TIMEOUT_MS: '1500' },
    })
    try {
      const secrets = { ...world.secrets, storeToken: world.store.token }
      const answers: string[] = []
      const ask: World['call'] = async (method, path, options) => {
        const answer = await world.call(method, path, options)
        answers.push(`${[...answer.headers].join('\n')}\n${answer.text}`)
        return answer
      }
      const everyEndpoint = async (token?: string) => {
        const looks = ['/status', '/status?view=tick&shards=0,1', '/status?view=audit']
        const reads = [
          '/health',
          ...looks,
          '/dead-letters',
          '/drain',
          '/session',
          '/mailboxes',
          '/setup',
          '/nothing',
        ]
        await Promise.all(reads.map((path) => ask('GET', path, token === undefined ? {} : { token })))
        const writes = [
          '/restart',
          '/reset-errors',
          '/dead-letters',
          '/session',
          '/processing',
          '/mailboxes',
          '/setup',
        ]
        for (const path of writes) {
          await ask('POST', path, token === undefined ? {} : { token, body: '{' })
        }
      }
      // Somebody logs in, after having pasted the wrong secrets; the cookie is a secret of its own.
      const logIn = (body: object) => ask('POST', '/session', { token: null, body })
      for (const token of [world.secrets.botToken, world.secrets.webhookSecret]) {
        expect(await logIn({ token })).toMatchObject({ status: 401 })
      }
      const initData = initDataOf({ id: 901, first_name: 'Ada' }, world.secrets.botToken)
      const sessions = [
        await logIn({ token: world.secrets.adminToken }),
        await logIn({ init_data: initData }),
      ].map(({ headers }) => headers.getSetCookie()[0]?.split(';')[0] ?? '')
      const [first = '', second = ''] = sessions.map((cookie) => cookie.split('=')[1] ?? '')
      expect([first.length, second.length].every((length) => length > 80)).toBe(true)
      for (const cookie of sessions) {
        const headers = { cookie, origin: world.server().url }
        expect(await ask('GET', '/status', { token: null, headers })).toMatchObject({ status: 200 })
        const body = { action: 'prove' }
        expect(await ask('POST', '/setup', { token: null, headers, body })).toMatchObject({
          json: { ok: true },
        })
        expect(await ask('DELETE', '/session', { token: null, headers, body: {} })).toMatchObject({
          status: 200,
        })
      }
      // A conversation, and what a stranger gets who knows the wrong secret of the right ones.
      for (const words of ['/start', '/help', '/status', '/privacy', 'hello', '/ping one']) {
        await world.deliver(textUpdate(words, 901))
      }
      await world.drained()
      await everyEndpoint()
      await everyEndpoint(world.secrets.webhookSecret)
      await everyEndpoint(world.secrets.botToken)
      for (const secret of [world.secrets.adminToken, world.store.token]) {
        const headers = { 'x-telegram-bot-api-secret-token': secret }
        expect(await ask('POST', '/webhook', { token: null, headers, body: '{}' })).toMatchObject({
          status: 401,
        })
      }
      // Failures whose text holds the token, as a proxy's or a library's might.
      const url = `${world.telegram.url}/bot${world.secrets.botToken}/sendMessage`
      const texts = [url, encodeURIComponent(url), Buffer.from(url).toString('base64')]
      for (const [index, text] of texts.entries()) {
        world.telegram.refuse(
          'sendMessage',
          1,
          { status: 400, description: `Bad Request: ${text}` },
          71 + index,
        )
        await world.deliver(textUpdate('/ping refused', 71 + index))
      }
      await until('dead letters', async () => (await world.health()).body.inbox?.dead_letters === 3)
      await ask('GET', '/dead-letters')
      await ask('GET', '/status')
      // The store fails in every way, also with the token in its answer.
      world.front.restart(
        (call) => (['status 500', 'html 503', 'truncated', null] as const)[call.index % 4] ?? null,
      )
      await world.deliver(textUpdate('/ping faults', 82))
      await until('the answer', () => pongs(world.telegram, 82).includes('faults'))
      world.front.restart()
      await world.front.unreachable('refused')
      expect(await world.post(textUpdate('/ping away', 83))).toMatchObject({ status: 503 })
      await everyEndpoint()
      await world.front.reachable()
      // Telegram is down, then refuses the token; then the server ends and another one starts.
      world.telegram.switches.isDown = true
      await world.deliver(textUpdate('/ping down', 84))
      await ask('POST', '/restart')
      world.telegram.switches.isDown = false
      world.telegram.switches.isRevoked = true
      await ask('POST', '/restart')
      world.telegram.switches.isRevoked = false
      await ask('POST', '/restart')
      await world.drained()
      await world.server().stop()
      await world.restart()
      await ask('POST', '/dead-letters', { body: { action: 'replay', all: true } })
      await until('the replayed', () =>
        [71, 72, 73].every((chat) => pongs(world.telegram, chat).length === 1),
      )
      await world.drained()
      await everyEndpoint()

      const stored = await everythingIn(world.store)
      expect(secretsFound(world.output(), secrets)).toEqual([])
      expect(secretsFound(answers.join('\n'), secrets)).toEqual([])
      expect(secretsFound(stored, secrets)).toEqual([])
      expect(secretsFound(JSON.stringify(world.telegram.sent), secrets)).toEqual([])
      // Who is logged in by which cookie is told to that browser alone.
      const cookies = { first, second, hash: new URLSearchParams(initData).get('hash') ?? '' }
      expect(secretsFound(`${world.output()}\n${stored}`, cookies)).toEqual([])
      // What Telegram must be told is the webhook's secret, and that is all.
      const told = JSON.stringify(world.telegram.calls.map(({ params }) => params))
      expect(secretsFound(told, secrets)).toEqual(['webhookSecret'])
      // Controls: there was something to search, and no message of a user is in a log.
      expect(world.output().length).toBeGreaterThan(5000)
      expect(stored.length).toBeGreaterThan(1000)
      expect(world.output()).not.toMatch(/\/ping (one|faults|down)|hello/)
    } finally {
      await world.close()
    }
  }, 180_000)
})
