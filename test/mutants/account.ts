/** The guards of the account API: the traps of its client, the lock, the seal, and what may not be shown. */
import { mutants, type Mutant } from './mutant.ts'

const of = (...names: string[]) => names.map((name) => `test/account/${name}.test.ts`)
const CLIENT = ['test/mtproto/client.test.ts']

export const ACCOUNT: readonly Mutant[] = [
  ...mutants('lib/mtproto/client.ts', CLIENT, [
    ['flood waits are slept through', `middlewares: [], `, ``],
    ['a key that is gone is replaced', `error.code === 404) failed`, `error.code === 405) failed`],
    ['connects without end', `if (transport.connects(dc) < CONNECTS) return 0`, `if (dc) return 0`],
    ['one connection must do', `const CONNECTS = 2`, `const CONNECTS = 1`],
    ['no deadline', `options.deadlineMs)`, `3_600_000)`],
    ['a session leads to the server that it names', `  storage.kv.delete('dc_main')\n`, ``],
    ['the state of updates is asked for', `    disableUpdates: true,\n`, `    disableUpdates: false,\n`],
    [
      'a request is sent before there is a key',
      `      await race(keys.of(mt.network.getPrimaryDcId()))\n`,
      ``,
    ],
    ['sockets stay open', `  transport.shut()\n`, ``],
    ['a new key is not noticed', `session.key !== options.session?.key`, `false`],
  ]),
  ...mutants('lib/mtproto/saved.ts', CLIENT, [
    ['salts are not kept', `, \`salts:\${dc}\`]`, `]`],
    ['the key of another data centre is saved', `storage.authKeys.get(dc)`, `storage.authKeys.get(2)`],
  ]),
  ...mutants(
    'lib/mtproto/crypto.ts',
    ['test/mtproto/crypto.test.ts'],
    [
      ['an answer may unpack to anything', `{ maxOutputLength: UNPACKED_LIMIT }`, `{}`],
      ['what does not get smaller is packed', `{ maxOutputLength: maxSize }`, `{}`],
    ],
  ),
  ...mutants('lib/account/take.ts', of('scripts'), [
    ['two calls at once', `if holder then return {'busy'`, `if false then return {'busy'`],
    [
      'a repeated take is counted again',
      `if holder == owner then return taken() end\n`,
      `if holder == owner then holder = false end\n`,
    ],
    ['the lock ends before the call', `const LOCK_MS = 45_000`, `const LOCK_MS = 20_000`],
    ['flood waits are not looked at', `if #ARGV > 4 then`, `if false then`],
    ['any number of reads', `if count >= 30 then`, `if false then`],
    ['any number of guesses', `if num(before) >= 5 then`, `if false then`, of('login')],
    ['any number of codes an hour', `if #sent >= 3 then`, `if false then`, of('login')],
    ['any number of codes a day', `if #sent >= 5 then`, `if false then`, of('login')],
    [
      'any number of looks at the QR code',
      `if sinceMs >= 0 and sinceMs < 2800 then`,
      `if false then`,
      of('failures'),
    ],
  ]),
  ...mutants('lib/account/give.ts', of('scripts'), [
    ['a lost lock writes all the same', `if redis.call('GET', KEYS[3]) ~= owner then`, `if false then`],
    ['a repeated give is lost', `redis.call('EXISTS', KEYS[6]) == 1 and 'given' or 'lost'`, `'lost'`],
    ['the lock is kept', `redis.call('DEL', KEYS[3])\n`, ``],
    ['a login that ended begins again', `'XX', 'KEEPTTL')`, `'KEEPTTL')`],
    ['a login goes on for ever', `'XX', 'KEEPTTL')`, `'XX')`],
    ['a short flood wait ends a long one', `math.max(waitMs, leftMs)`, `waitMs`],
    ['nothing is taken back', `if ARGV[8] == 'verify' then`, `if false then`],
    ['guesses do not begin anew', `if ARGV[9] == '1' then`, `if false then`, of('login')],
    ['who has an account is not known', `  redis.call('SADD', KEYS[7], ARGV[10])\n`, ``, of('login')],
  ]),
  ...mutants('lib/account/seal.ts', of('seal'), [
    ['the name is not bound in', `v1.\${id}.\${name}`, `v1.\${id}`],
    ['an old key is not told', `isOld: key !== keys[0]`, `isOld: false`],
  ]),
  ...mutants('lib/account/leave.ts', of('store'), [
    ['the salts are written at each call', `> SALTS_MS`, `> -1`],
    ['the salts are never written', `> SALTS_MS`, `> Infinity`],
    ['what an old key sealed stays', ` && !isOld) return null`, `) return null`],
    [
      'a revoked session goes on',
      `if (follows === 'revoke') {`,
      `if (follows === 'nothing' as string) {`,
      of('failures'),
    ],
    [
      'a login that was refused stays',
      `if (follows === 'drop_login') changes.login = 'drop'`,
      `if (false as boolean) changes.login = 'drop'`,
      of('failures'),
    ],
  ]),
  ...mutants('lib/account/sign-in.ts', of('login'), [
    ['a phone without an account connects', `authorization._ !== 'auth.authorization'`, `(false as boolean)`],
  ]),
  ...mutants('lib/account/code.ts', of('login'), [
    ['a lost answer is a wrong code', `isAnswerLost(error) ? await`, `(false as boolean) ? await`],
    ['a stale proof is not tried again', `    if (!isStale) throw error\n`, `    throw error\n`],
    ['a code is sent again at once', `isAgain(taken) && waitMs > 0`, `false`],
  ]),
  ...mutants('lib/account/message.ts', of('mapping'), [
    ['media with a timer are told', `if (hasTimer(message.media)) return`, `if (false as boolean) return`],
  ]),
  ...mutants('lib/account/chats.ts', of('read'), [
    ['a channel’s last message is shown', `type === 'channel' || !message ? null`, `!message ? null`],
  ]),
  ...mutants('lib/account/read.ts', of('read'), [
    ['a channel’s messages are shown', `      throw notShown()\n`, `      void notShown()\n`],
    [
      'who is not connected is asked for',
      `      throw new HttpError(409, 'not_connected'`,
      `      void new HttpError(409, 'not_connected'`,
      of('failures'),
    ],
  ]),
  ...mutants('lib/account/user.ts', of('read'), [
    ['the phone is told', `user.phone ? masked(user.phone) : null`, `user.phone ?? null`],
  ]),
  ...mutants('lib/account/failures.ts', of('secrets'), [
    ['a number in an error is told', ` && !/\\d{4}/.test(error.code)`, ``],
  ]),
  ...mutants('lib/account/operators.ts', of('login'), [
    ['all operators have one account', `actor === 'admin token' ? ADMIN : actor`, `actor ? ADMIN : actor`],
  ]),
]
