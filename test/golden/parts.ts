/** The parts of golden.json that need no store, each by its name. */
import { hkdfSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type ts from 'typescript'
import { createBareBot } from '../support/bot.ts'
import { press, text } from '../support/updates.ts'
import * as code from './code.ts'
import type { Dump } from './dump.ts'
import { readGolden } from './files.ts'
import { SETTINGS, START_MS } from './settings.ts'
import * as words from './words.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const readJson = (file: string) => JSON.parse(readFileSync(root + file, 'utf8')) as Record<string, unknown>

/**
 * What is not in the busy store: the lock of the seconds of a re-initialisation, and the operators' accounts, whose
 * sealed texts have a test of their own.
 */
const TRANSIENT: Record<string, string> = {
  'P:heal': 'string',
  'P:account:7:session': 'string',
  'P:account:7:login': 'string',
  'P:account:7:lock': 'string',
  'P:account:7:flood': 'hash',
  'P:account:7:tries': 'hash',
  'P:accounts': 'set',
}

/** Every key, by its text, with the type that the busy store has it in. */
function keyNames(): Record<string, string> {
  const dump = readGolden('store.json') as Dump
  const typeOf = (key: string) => {
    const start = key.replace(/^P/, 'evergram')
    const sameKind = (name: string) =>
      name === start || (start.endsWith('7') && name.startsWith(start.slice(0, -1)))
    const [, entry] = Object.entries(dump).find(([name]) => sameKind(name)) ?? []
    return entry?.type ?? TRANSIENT[key] ?? 'unknown'
  }
  // By its text and not by the name of its function, which may change.
  const made = Object.values(code.keysUnder('P')).flatMap((key) =>
    typeof key === 'function' ? (key as (sample: string) => string)('7') : key,
  )
  return Object.fromEntries(made.map((key) => [key, typeOf(key)]))
}

const CHAT_KEYS = ['1', '501', '42', '7000000001', '-1002003004005', '-4005', 'update:880000403', '']

function derivedSecrets() {
  const config = code.readConfig(SETTINGS)
  const derive = (label: string) =>
    Buffer.from(hkdfSync('sha256', SETTINGS.ADMIN_TOKEN, '', label, 32)).toString('base64url')
  const of = (label: string, output: string) => ({ label, output, isByLabel: derive(label) === output })
  return {
    webhookSecret: of('evergram webhook secret v1', config.webhookSecret),
    sessionKey: of('evergram session key v1', config.sessionSecret),
    fingerprint: code.fingerprint('golden text'),
    hashedChat: code
      .startInvocation({ env: SETTINGS, bot: async () => code.bot, waitUntil: () => {} })
      .hash('501'),
  }
}

function cookies() {
  const config = code.readConfig(SETTINGS)
  const sessions = [
    { id: 'AAECAwQFBgcICQoLDA0ODw', actor: 'admin token' as const, isFramed: false },
    { id: 'EBESExQVFhcYGRobHB0eHw', actor: 'telegram:501' as const, isFramed: true },
  ].map((session) => ({ ...session, startedAtMs: START_MS, issuedAtMs: START_MS + 5000 }))
  const made = sessions.map((session) => code.cookieOf(config, session, START_MS + 6000))
  return {
    name: code.SESSION_COOKIE,
    made,
    read: made.map((cookie) => {
      const headers = { cookie: cookie.split(';')[0] ?? '' }
      return code.readSession(config, new Request('https://x.example/', { headers }), START_MS + 7000)
    }),
    cleared: code.clearedCookies(),
  }
}

async function errorAnswers() {
  const errors = {
    StoreError: new code.StoreError('timeout'),
    ConfigError: new code.ConfigError([{ variable: 'ADMIN_TOKEN', problem: 'is missing' }]),
    Error: new Error('boom'),
  }
  const answers = Object.entries(errors).map(async ([name, error]) => {
    const answer = code.errorAnswer(error)
    return [name, { status: answer.status, body: await answer.json() }] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}

const QUIET: code.Snapshot = {
  nowMs: START_MS,
  pending: 0,
  accepted: 0,
  settled: 0,
  lastAcceptedAtMs: null,
  lastSettledAtMs: null,
  lastSweepAtMs: null,
  mailboxes: 0,
  inFlight: 0,
  oldestAtMs: null,
  firstDueAtMs: null,
  deadLetters: 0,
  deadLettersDropped: 0,
  botStatus: 'OK',
  errors: 0,
  epoch: 1,
  breaker: '',
  breakerUntilMs: 0,
  breakerTries: 0,
  reinitializedAtMs: null,
  info: null,
  malformed: 0,
  refused: 0,
  unhealthySinceMs: null,
  telegram: {
    checkedAtMs: null,
    ok: true,
    url: '',
    matches: true,
    pendingUpdateCount: 0,
    lastError: null,
    lastErrorAtMs: null,
    error: null,
    repairedAtMs: null,
  },
}

function healthReasons() {
  const statuses = ['OK', 'REINITIALIZING', 'FAILED', 'UNAUTHORIZED', 'UNKNOWN']
  const ages = [0, 61_000, 301_000]
  const ill = {
    checkedAtMs: 1,
    ok: false,
    matches: false,
    pendingUpdateCount: 1,
    lastErrorAtMs: START_MS - 1,
  }
  const faults = statuses.flatMap((botStatus) =>
    ['', 'paused', 'telegram', 'token'].flatMap((breaker) =>
      ages.flatMap((ageMs) => {
        const times = { oldestAtMs: START_MS - ageMs, firstDueAtMs: START_MS - ageMs }
        const telegram = { ...QUIET.telegram, ...ill }
        return code
          .judge({ ...QUIET, botStatus, breaker, ...times, telegram })
          .map((fault) => fault.join(' '))
      }),
    ),
  )
  const place = { environment: 'production', version: 'v', region: 'r' }
  return {
    judged: [...new Set(faults)].toSorted(),
    withoutStore: code.reportWithoutStore(place, 'timeout').reasons,
    withoutConfig: code.reportWithoutConfig(place, []).reasons,
  }
}

const UNIONS = [
  'BotStatus',
  'HealReason',
  'FailureClass',
  'RateVerdict',
  'HealthStatus',
  'Failure.action',
  'Failure.breaker',
  'MailboxView.state',
  'Check.state',
  'ProofStep.step',
]

function environment(files: readonly ts.SourceFile[]) {
  const asked: string[] = []
  const env = new Proxy<code.Environment>({}, { get: (_, name) => void asked.push(String(name)) })
  try {
    code.readConfig(env)
  } catch {
    // Everything is missing; what was asked for is known now.
  }
  return {
    read: [...new Set([...asked, ...words.environmentNames(files)])].toSorted(),
    checked: code.checkVariables({}).map(({ id }) => id),
  }
}

/** The data of the buttons that stand in people's chats, and what a press of each does. */
async function buttons() {
  const offered: string[] = []
  for (const command of ['/language', '/deletemydata']) {
    const calls = await createBareBot().send(text(command))
    offered.push(
      ...[...JSON.stringify(calls).matchAll(/"callback_data":"([^"]*)"/g)].map(([, data = '']) => data),
    )
  }
  const pressed = offered.map(async (data) => {
    const bot = createBareBot()
    const calls = await bot.send(press(data))
    return [data, { deeds: bot.deeds, methods: calls.map(({ method }) => method) }] as const
  })
  return Object.fromEntries(await Promise.all(pressed))
}

export const PARTS: Record<string, (files: readonly ts.SourceFile[]) => unknown> = {
  'key names': keyNames,
  shards: () => ({
    count: code.SHARDS,
    of: Object.fromEntries(CHAT_KEYS.map((key) => [key, code.shardOf(key)])),
  }),
  'derived secrets': derivedSecrets,
  'session cookie': cookies,
  'audit actions': () => code.AUDITED_ACTIONS,
  'log events': words.logEvents,
  'alert causes': (files) => words.passedTo(files, 'alert', 0),
  'HTTP errors': (files) => words.constructed(files, 'HttpError', 0, 1),
  'store errors': (files) => words.constructed(files, 'StoreError', 0),
  'Telegram errors': (files) => words.constructed(files, 'TelegramUnreachable', 1),
  'error codes': words.codes,
  'error answers': errorAnswers,
  'words of answers': () => ({
    breakers: code.BREAKERS,
    outcomes: code.OUTCOMES,
    proofErrors: code.PROOF_ERRORS,
    remedies: code.REMEDY_CODES,
  }),
  unions: (files) => Object.fromEntries(UNIONS.map((name) => [name, words.unionOf(files, name)])),
  'failure classes': () => Object.keys(code.POLICY).toSorted(),
  'health reasons': healthReasons,
  'reply tags of scripts': words.tags,
  'words in Lua': words.luaWords,
  'npm scripts': () => Object.keys(readJson('package.json')['scripts'] as object).toSorted(),
  environment,
  functions: () => readdirSync(`${root}api`, { recursive: true, encoding: 'utf8' }).toSorted(),
  'vercel.json': () => {
    const { functions, rewrites, crons } = readJson('vercel.json')
    return { functions, rewrites, crons }
  },
  'allowed updates': () => code.ALLOWED_UPDATES,
  buttons,
  commands: () => code.commandsFor('en').map(({ command }) => command),
  'proof field': () => code.PROOF_FIELD,
}
