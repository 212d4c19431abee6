/**
 * Which room of lib/ may import which. One rule for static, dynamic, re-exported and type imports; the first
 * group of a row may be imported in full, the second by types only. Small files at the top of lib/ are open to
 * every room but those that stand alone.
 */
import { dirname, relative, resolve } from 'node:path'

const ROOT = import.meta.dirname
const SMALL = 'small files'

/** A room's files see each other. What is not listed for a room is closed to it. */
const ROOMS = {
  api: { all: ['app.ts', 'http'] },
  // The composition root loads every endpoint and the bot.
  'app.ts': { all: [SMALL, 'endpoints', 'bot', 'http'] },
  endpoints: {
    all: [
      SMALL,
      'contract.ts',
      'worker',
      'kit',
      'auth',
      'http',
      'operator',
      'webhook',
      'state',
      'inbox',
      'account',
    ],
  },
  worker: { all: [SMALL, 'kit', 'inbox', 'state', 'webhook', 'operator'], types: ['contract.ts'] },
  bot: { all: ['kit'] },
  kit: { all: [SMALL], types: ['inbox'] },
  auth: { all: [SMALL, 'http'] },
  account: { all: [SMALL, 'mtproto'], types: ['contract.ts', 'auth'] },
  mtproto: { all: [SMALL] },
  http: { all: [SMALL] },
  inbox: { all: [SMALL] },
  state: { all: [SMALL], types: ['contract.ts', 'inbox', 'webhook', 'operator'] },
  webhook: { all: [SMALL], types: ['inbox', 'state', 'operator'] },
  operator: { all: [SMALL], types: ['inbox', 'state', 'webhook'] },
  [SMALL]: { all: [], types: ['kit'] },
  'contract.ts': { all: [] },
  // The panel runs in a browser: it knows the rest by HTTP and by the types of its answers.
  panel: { all: ['contract.ts'] },
  // An independent Telegram must not share a fault with the bot.
  'dev/telegram': { all: [] },
}
/** Development and tests see everything; nothing in production sees them. */
const OPEN = ['dev', 'testing', 'test']
/** What the way to the 200 and the records in the store may not load. */
const NO_PACKAGES = { inbox: ['telegraf', 'zod'], state: ['telegraf', 'zod'], http: ['telegraf', 'zod'] }

/** @param path relative to the root, with slashes */
function roomOf(path) {
  if (path.startsWith('api/')) return 'api'
  if (path.startsWith('test/')) return 'test'
  const [lib, first = '', second = ''] = path.split('/')
  if (lib !== 'lib') return null
  if (first === 'dev' && second === 'telegram') return 'dev/telegram'
  if (first === 'app.ts' || first === 'contract.ts') return first
  return first.endsWith('.ts') ? SMALL : first
}

function refusal(from, to, isType) {
  if (from === to || to === null || OPEN.includes(from)) return null
  const row = ROOMS[from]
  if (!row) return `lib/${from} is not a room: add it to the table in .oxlint-rooms.mjs`
  if (row.all.includes(to) || (isType && row.types?.includes(to))) return null
  const open = [...row.all, ...(row.types ?? []).map((room) => `types of ${room}`)].join(', ') || 'nothing'
  return `${from} may not import ${to}; it may import ${open}`
}

const imports = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(ROOT, context.filename).replaceAll('\\', '/')
    const from = roomOf(file)
    if (from === null) return {}
    const check = (node) => {
      const name = node.source?.value
      if (typeof name !== 'string') return
      const isType = node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type'
      let message = null
      if (name.startsWith('.')) {
        const target = relative(ROOT, resolve(dirname(context.filename), name)).replaceAll('\\', '/')
        message = refusal(from, roomOf(target), isType)
      } else if (!isType && NO_PACKAGES[from]?.some((one) => name === one || name.startsWith(`${one}/`))) {
        message = `${from} may not load ${name}`
      } else if (from === 'panel' && name.startsWith('node:') && !file.endsWith('vite.config.ts')) {
        message = 'the panel runs in a browser'
      }
      if (message) context.report({ node, message })
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    }
  },
}

export default { meta: { name: 'rooms' }, rules: { imports } }
