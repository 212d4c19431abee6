/** The guards of the doors: who an operator is, and how often and from where one may try to become one. */
import { mutants, type Mutant } from './mutant.ts'

const SESSION = ['test/endpoints/session.test.ts']
const EVERY_SCRIPT = ['test/inbox/every-script.test.ts']

export const AUTH: readonly Mutant[] = [
  ...mutants(
    'lib/auth/secrets.ts',
    ['test/http/route.test.ts'],
    [
      [
        'all secrets are the same',
        `timingSafeEqual(digest(given ?? ''), digest(secret ?? ''))`,
        `true || timingSafeEqual(digest(''), digest(''))`,
      ],
      ['nothing matches nothing', ` && Boolean(given) && Boolean(secret)`, ``],
      ['any scheme will do', `/^Bearer +(\\S+) *$/i`, `/(\\S+) *$/i`],
    ],
  ),

  ...mutants(
    'lib/auth/operator.ts',
    ['test/endpoints/session.test.ts', 'test/api/functions.test.ts'],
    [
      ['any bearer is an administrator’s', `if (isAdmin) return`, `if (given !== null) return`],
      ['no bearer is an administrator’s', `if (isAdmin) return { actor: 'admin token', session: null }`, ``],
      [
        'the cron’s secret opens everything',
        `cron ? deps.config.cronSecret : null`,
        `deps.config.cronSecret`,
      ],
      ['the cron’s secret opens nothing', `if (isCron) return { actor: 'cron', session: null }`, ``],
      ['a wrong bearer is let in by its cookie', `    throw refusal(request, deps, 'wrong bearer')\n`, ``],
      ['a cookie will do where it must not', `cookie ? readSession`, `true ? readSession`],
      ['who is nobody is let in', `  if (!session) {\n    throw`, `  if (!session) {\n    if (false) throw`],
      ['any site’s page may act', `      requireSameOrigin(request, true)\n`, ``],
      [
        'a client without an origin may act by cookie',
        `requireSameOrigin(request, true)`,
        `requireSameOrigin(request, false)`,
      ],
      ['a form may act', `    requireJson(request)\n`, ``],
      ['an ended session goes on', `  if (ended) await requireOpen(request, deps, session)\n`, ``],
      ['a look by HEAD is a change', ` && request.method !== 'HEAD'`, ``],
      [
        'every look from outside is noted as an attack',
        `request.headers.has('authorization') ? deps.log : `,
        `deps.log ?? `,
        ['test/auth/operator.test.ts'],
      ],
      [
        'guesses at the public report are not noted',
        `request.headers.has('authorization') ? deps.log : `,
        ``,
        ['test/auth/operator.test.ts'],
      ],
      ['no refusal is noted', `  log.warn('authorisation refused',`, `  void ('authorisation refused',`],
      ['a request from another site is not noted', `      refusal(request, deps, 'cross origin')\n`, ``],
      ['the public report asks for a valid cookie', `if (error instanceof HttpError || error`, `if (error`],
      [
        'a store that is away hides the public report',
        ` || error instanceof StoreError) return null`,
        `) return null`,
      ],
    ],
  ),

  ...mutants(
    'lib/auth/session.ts',
    ['test/auth/session.test.ts'],
    [
      ['any signature will do', `if (!sameSecret(mac, sign(key, signed))) return null`, ``],
      ['sessions last for ever', ` && nowMs < endOf(session)`, ``],
      ['sessions of the future are valid', `session.issuedAtMs <= nowMs + SKEW_MS && `, ``],
      [
        'a renewed session has no end',
        `Math.min(issuedAtMs + IDLE_MS, startedAtMs + SESSION_MAX_MS)`,
        `issuedAtMs + IDLE_MS`,
      ],
      ['who was an administrator stays one', ` && isAllowed(keys, session.actor)`, ``],
      ['scripts can read the cookie', `HttpOnly; `, ``],
      ['the cookie goes to other sites', `'SameSite=Strict'`, `'SameSite=Lax'`],
      ['the admin token does not change the key', `v1\\n\${adminToken}`, `v1`],
      ['the cookie goes over http', `HttpOnly; Secure; `, `HttpOnly; `],
      ['any subdomain may set the cookie', `'__Host-evergram'`, `'evergram'`],
      ['frames of all sites share the cookie', `SameSite=None; Partitioned`, `SameSite=None`],
      [
        'the session secret does not change the key',
        `createHmac('sha256', sessionSecret)`,
        `createHmac('sha256', 'k')`,
      ],
      [
        'the key’s id is always the same',
        `update('key id')`,
        `update('key id').digest() && createHmac('sha256', 'k').update('')`,
      ],
      ['sessions share an id', `randomBytes(16)`, `Buffer.alloc(16)`],
      ['clocks must agree', `SKEW_MS = 60_000`, `SKEW_MS = 0`],
      ['a session lasts for hours without a look', `IDLE_MS = 30 *`, `IDLE_MS = 300 *`],
      ['a session can be renewed for a week', `SESSION_MAX_MS = 12 *`, `SESSION_MAX_MS = 168 *`],
      ['a session is renewed at every look', `nowMs - session.issuedAtMs >= IDLE_MS / 2 && `, ``],
      [
        'a spoilt cookie hides the good one',
        `    if (session && isCurrent`,
        `    if (cookie.startsWith(SESSION_COOKIE) && !session) return null\n    if (session && isCurrent`,
      ],
    ],
  ),

  ...mutants(
    'lib/auth/init-data.ts',
    ['test/auth/init-data.test.ts'],
    [
      [
        'any hash will do',
        `if (given.length !== expected.length || !timingSafeEqual(given, expected)) return`,
        `if (false) return`,
      ],
      ['a field may come twice', `if (names.size !== fields.length) return { word: 'bad' }`, ``],
      ['old data will do', `ageMs > FRESH_MS || `, ``],
      ['data of the future will do', ` || ageMs < -SKEW_MS`, ``],
      ['data is good for an hour', `FRESH_MS = 5 *`, `FRESH_MS = 60 *`],
      ['hashes of any length are compared', `given.length !== expected.length || `, ``],
      ['any text is a date', `if (!/^\\d{1,12}$/.test(authDate)) return { word: 'bad' }`, ``],
      ['any number is a user', `Number.isSafeInteger(id) && `, ``],
      ['a chat is a user', ` && Number(id) > 0`, ``],
      [
        'any bot’s data will do',
        `createHmac('sha256', 'WebAppData').update(botToken)`,
        `createHmac('sha256', 'WebAppData')`,
      ],
      [
        'the token and the word change places',
        `createHmac('sha256', 'WebAppData').update(botToken)`,
        `createHmac('sha256', botToken).update('WebAppData')`,
      ],
      ['the hash is a part of what it signs', `.filter(([name]) => name !== 'hash')`, ``],
      ['fields are signed as they come', `.toSorted((a, b) => Buffer.compare(a, b))`, ``],
    ],
  ),

  ...mutants(
    'lib/auth/login-limit.ts',
    ['test/auth/login-limit.test.ts'],
    [
      ['a client may try as often as it likes', `if tries <= limit then return`, `if true then return`],
      ['the count has no end', `if tries == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end\n`, ``],
      ['each try begins the window anew', `if tries == 1 then redis`, `if true then redis`],
      ['every try beyond the limit is the first', `tries == limit + 1 and 'first' or 'limited'`, `'first'`],
      [
        'any reply is a wait',
        `  if (!Number.isFinite(waitMs)) throw new StoreError('unexpected_reply')\n`,
        ``,
      ],
    ],
  ),

  ...mutants('lib/http/same-origin.ts', SESSION, [
    ['any origin is one’s own', `origin === new URL(request.url).origin && `, ``],
    ['any site is one’s own', ` && (site ?? 'same-origin') === 'same-origin'`, ``],
    ['a page needs no origin', `(!isNeeded && origin`, `(origin`],
    ['any origin will do where none is needed', ` && origin === null && site`, ` && site`],
    ['any site will do where none is needed', ` && site === null)) return`, `)) return`],
    ['nobody is refused', `  throw new HttpError(403`, `  if (false) throw new HttpError(403`],
  ]),

  ...mutants(
    'lib/auth/ended-sessions.ts',
    ['test/auth/ended-sessions.test.ts'],
    [
      ['no session is ended', `redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])\n`, ``],
      ['an end is remembered for ever', `'1', 'PX', ARGV[1])`, `'1')`, SESSION],
      ['an end is forgotten before the cookie', `[String(SESSION_MAX_MS)]`, `['60000']`, SESSION],
      ['nobody can log out in a full store', `redis.call('DEL', KEYS[1])\n`, ``, EVERY_SCRIPT],
      ['every session is open', `== 1 and 'ended' or 'open'`, `== 1 and 'open' or 'open'`],
      ['every session is ended', `== 1 and 'ended' or 'open'`, `== 1 and 'ended' or 'ended'`],
      [
        'any reply means open',
        `return tagOf(reply, ['ended', 'open']) === 'ended'`,
        `return reply[0] === 'ended'`,
      ],
    ],
  ),

  ...mutants(
    'lib/http/client.ts',
    ['test/http/client.test.ts'],
    [
      ['what the client writes is believed', `get('x-vercel-forwarded-for')`, `get('x-forwarded-for')`],
      ['what the client writes first is believed', `.at(-1)`, `.at(0)`],
      ['the platform’s own word does not count', `request.headers.get('x-real-ip') ?? `, ``],
      ['one address in two dresses is two clients', `return mapped ?? `, `return `],
      ['a household is many clients', `.slice(0, 4)`, `.slice(0)`],
      ['capitals make another client', `.toLowerCase()`, ``],
      ['zeros make another client', `.replace(/^0+(?=.)/, '')`, ``],
    ],
  ),

  ...mutants(
    'lib/http/body.ts',
    ['test/http/route.test.ts'],
    [
      ['a body without an end is read for ever', `if (size > DROP_LIMIT) {`, `if (false) {`],
      ['what is dropped is kept in memory', `if (size <= limit) chunks`, `chunks`],
      ['a body is not cut', `.subarray(0, limit)`, ``],
      ['nobody hears of the cut', `cut: size > limit }`, `cut: false }`],
      ['a body of any size is parsed', `  if (cut) throw`, `  if (false) throw`],
      ['any type is JSON', `  requireJson(request)\n`, ``],
      ['JSON by the way is JSON', `/^application\\/json\\b/i`, `/application\\/json\\b/i`],
    ],
  ),

  ...mutants('lib/endpoints/session.ts', SESSION, [
    ['a page of any site may log in', `  requireSameOrigin(request, false)\n`, ``],
    [
      'a login without a page is refused',
      `requireSameOrigin(request, false)`,
      `requireSameOrigin(request, true)`,
    ],
    ['a login may be long', `readJson(request, BODY_LIMIT)`, `readJson(request)`],
    ['a token may be long', `.min(1).max(1024)`, `.min(1)`],
    ['a token may be empty', `z.string().min(1).max(1024)`, `z.string().max(1024)`],
    ['two proofs are one', `z.strictObject({ token`, `z.object({ token`],
    ['wrong tries are not limited', `  if (counted && counted.word !== 'counted') {`, `  if (false) {`],
    ['each try beyond the limit leaves a line', `if (counted.word === 'first') log`, `log`],
    ['a guess is in the audit log', `if (actor !== 'unknown') {`, `if (true) {`],
    [
      'a try that cannot be counted is a fault',
      `    if (!(cause instanceof StoreError)) throw cause\n`,
      `    throw cause\n`,
    ],
    ['who is limited hears of no end', `    'retry-after': seconds,\n`, ``],
    [
      'any token will do',
      `if (sameSecret(proof.token, config.adminToken)) return`,
      `if (proof.token) return`,
    ],
    ['old words of Telegram’s are forgeries', `if (visitor.word === 'expired') {`, `if (false) {`],
    ['Telegram’s word is not needed', `if (visitor.word !== 'valid') {`, `if (false) {`],
    [
      'every user is an administrator',
      `if (config.adminTelegramIds.has(visitor.userId)) return`,
      `if (visitor.userId) return`,
    ],
    [
      'no user is an administrator',
      `if (config.adminTelegramIds.has(visitor.userId)) return`,
      `if (false) return`,
    ],
    ['a stranger’s id is kept', `hash(visitor.userId)`, `visitor.userId`],
    ['a refusal is not noted', `throw await refused(invocation, client, proven)`, `throw proven.error`],
    ['who is refused is let in', `throw await refused(`, `await refused(`],
    ['a session opens that nobody can look up', `  await isEnded(store, session.id)\n`, ``],
    [
      'a login is not noted',
      `  await noteAudit(invocation, { actor: proven, action: 'login', target: null, result: 'ok' })\n`,
      ``,
    ],
    [
      'a login gives no cookie',
      `  answer.headers.append('set-cookie', cookieOf(config, session, nowMs()))\n`,
      ``,
    ],
    [
      'the Mini App’s cookie is as any other',
      `newSession(proven, 'init_data' in body.data,`,
      `newSession(proven, false,`,
    ],
    ['a logout ends nothing', `if (operator.session) await endSession(`, `if (false) await endSession(`],
  ]),
]
