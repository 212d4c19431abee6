/**
 * The guards of the inbox and of its doors, each taken away or bent in one place. A mutant is a replacement of
 * text that occurs once in its file; the tests named with it, else those that mirror the file, must go red.
 */
export interface Mutant {
  name: string
  file: string
  from: string
  to: string
  tests: readonly string[]
}

type Change = [name: string, from: string, to: string, tests?: readonly string[]]

function mutants(file: string, tests: readonly string[], changes: readonly Change[]): Mutant[] {
  return changes.map(([name, from, to, own = tests]) => ({
    name: `${file}: ${name}`,
    file,
    from,
    to,
    tests: own,
  }))
}

const inbox = (...names: string[]) => names.map((name) => `test/inbox/${name}.test.ts`)
const FULL = inbox('full-store')
const KEYS = inbox('keys')
const ODD = inbox('odd-letters')

export const MUTANTS: readonly Mutant[] = [
  ...mutants('lib/inbox/accept.ts', inbox('accept'), [
    ['an acceptance is not in the statistics', `{accepted = 1}`, `{}`, inbox('stats')],
    ['who is new is looked up all the same', `if not isNew then\n`, `if true then\n`, inbox('commands')],
    ['an id is remembered without NX', `owner, 'NX', 'PX', ARGV[6])`, `owner, 'PX', ARGV[6])`],
    ['the same owner is a duplicate of itself', `elseif holder ~= owner then word`, `else word`],
    ['everybody is the same owner', `elseif holder ~= owner then word = 'duplicate' end`, `end`],
    ['an id of another type is a duplicate for ever', `    isNew = true\n`, `    word = 'duplicate'\n`],
    ['ids are forgotten after a day', `DEDUPE_MS = 48 *`, `DEDUPE_MS = 24 *`],
    ['ids are remembered for three days', `DEDUPE_MS = 48 *`, `DEDUPE_MS = 72 *`],
    [
      'a second delivery prolongs the memory',
      `if not isNew then\n`,
      `if not isNew then redis.call('PEXPIRE', KEYS[3], ARGV[6])\n`,
    ],
    ['a lease that is held is given again', ` and isFree(m, now, leaseMs)))`, `))`],
    ['the head’s wait is not waited for', `(running and not isWaiting(m, now) and`, `(running and`],
    ['an open breaker is not looked at', `(running and not isWaiting`, `(not isWaiting`],
    ['the owner loses its lease to an open breaker', `(m.owner == owner or (running and`, `(running and (`],
    [
      'a head is replaced by whatever comes',
      `local becameHead = isNew and m.head == '-'`,
      `local becameHead = isNew`,
    ],
    ['nothing ever becomes a head', `local becameHead = isNew and m.head == '-'`, `local becameHead = false`],
    ['a head without a lease is not indexed', `if leased or becameHead then`, `if leased then`],
    ['a lease is not indexed', `if leased or becameHead then`, `if becameHead and not leased then`],
    ['nothing is indexed', `if leased or becameHead then`, `if false then`],
    [
      'a head is due at the end of a lease that nobody has',
      `ms(leased and m['until'] or now)`,
      `ms(now + leaseMs)`,
    ],
    [
      'an id is forgotten whose update is pending',
      `if isNew then redis.call('DEL', KEYS[3]) end`,
      `redis.call('DEL', KEYS[3])`,
    ],
    ['an id stays remembered whose update was refused', `if isNew then redis.call('DEL', KEYS[3]) end`, ``],
    ['an index of another type is no reason to refuse', `    return added\n`, ``],
    ['what waits is put in front', `'RPUSH', envelope)`, `'LPUSH', envelope)`],
    ['what waits is not counted', `    m.backlog = m.backlog + 1\n`, ``],
    ['what waits is not stored', `onBacklog(KEYS[1], KEYS[4], ck, 'RPUSH', envelope)`, ``],
    ['a head is not stored', `    put('h:' .. ck, envelope)\n`, ``],
    ['a second delivery is appended', `if isNew then\n  envelope =`, `if true then\n  envelope =`],
    ['nothing is counted as pending', `  pending = pending + 1\n`, ``],
    [
      'a head is read for who gets no lease',
      `if leased and not becameHead then`,
      `if not becameHead then`,
      inbox('commands'),
    ],
    ['an adopted mailbox comes without its head', `if leased and not becameHead then`, `if false then`],
    ['a duplicate makes a mailbox', `if isNew or leased then put('m:'`, `if true then put('m:'`],
    ['a new lease is not stored', `if isNew or leased then put('m:'`, `if isNew then put('m:'`],
    ['the record is not stored', `if isNew or leased then put('m:'`, `if leased then put('m:'`],
    ['expired mailboxes are looked for always', `num(f[5])) >= 1000 then`, `num(f[5])) >= 0 then`],
    ['expired mailboxes are never looked for', `num(f[5])) >= 1000 then`, `num(f[5])) >= 1000000 then`],
    ['a clock set back ends the looking', `math.abs(now - num(f[5]))`, `(now - num(f[5]))`],
    ['expired mailboxes are looked for alone', `running and pending > 1 and`, `running and`],
    ['expired mailboxes are named behind an open breaker', `if running and pending > 1`, `if pending > 1`],
    ['a mailbox adopts itself', `if found[1] and found[1] ~= ck then`, `if found[1] then`],
    ['empty mailboxes are adopted', `'(0', ms(now), 'LIMIT', 0, 1)`, `'-inf', ms(now), 'LIMIT', 0, 1)`],
    ['a clock set back ends the sweeps', `math.abs(now - num(f[4]))`, `(now - num(f[4]))`],
    ['a sweep is asked for behind an open breaker', `local sweepDue = running and`, `local sweepDue =`],
    ['a sweep is never asked for', `local sweepDue = running and`, `local sweepDue = false and`],
    ['everybody is told of the throttle’s end', `becameHead and not leased and f[9]`, `not leased and f[9]`],
    [
      'who has the lease waits for a throttle that is over',
      `becameHead and not leased and f[9]`,
      `becameHead and f[9]`,
    ],
    ['every breaker has an end to wait for', `and f[9] == 'throttled' and math.max`, `and math.max`],
    ['a duplicate counts against the rate', `if isNew and KEYS[5] then`, `if KEYS[5] then`],
    ['a rate limit of 0 lets nothing through', `if limit > 0 then`, `if limit >= 0 then`],
    ['the notice comes one request early', `if n == limit + 1 then`, `if n == limit then`],
    ['the notice comes each time', `if n == limit + 1 then`, `if n > limit then`],
    ['a rate window never ends', `if untilMs <= now then`, `if untilMs == 0 then`],
    ['a rate window lasts a millisecond longer', `if untilMs <= now then`, `if untilMs < now then`],
    ['what is known of a user is kept for ever', `if peer[4] ~= month then`, `if false then`],
    ['a user’s life begins anew with each request', `if peer[4] ~= month then`, `if true then`],
    ['a peer of another type is fatal', `if not peer.err then`, `if true then`],
    ['an undeclared key', `if #set > 0 then`, `redis.call('GET', KEYS[1] .. 'x') if #set > 0 then`, KEYS],
    [
      'an id of another type is remembered for ever',
      `    redis.call('SET', KEYS[3], owner, 'PX', ARGV[6])`,
      `    redis.call('SET', KEYS[3], owner)`,
    ],
  ]),

  ...mutants('lib/inbox/lua.ts', inbox('accept', 'take', 'settle', 'lua'), [
    ['a record is read up to where it goes on', `(%S+) (%S+)$')`, `(%S+) (%S+)')`],
    [
      'the same owner’s lease is a new one',
      `  if m.owner ~= owner then\n    m.fence`,
      `  if true then\n    m.fence`,
    ],
    ['fences repeat within a millisecond', `math.max(m.fence + 1, now)`, `math.max(m.fence, now)`],
    ['fences fall behind the clock', `math.max(m.fence + 1, now)`, `m.fence + 1`, inbox('sweep', 'accept')],
    ['fences follow a clock set back', `math.max(m.fence + 1, now)`, `now`],
    ['attempts are not counted at the take', `    m.attempt = m.attempt + 1\n`, ``],
    ['a take leaves the wait', `    m.wait = 0\n  end\n`, `  end\n`],
    ['leases last no time', `  m['until'] = now + leaseMs\nend`, `  m['until'] = now\nend`],
    ['leases never run out', `m['until'] <= now or`, `false or`],
    ['leases run out a millisecond late', `m['until'] <= now or`, `m['until'] < now or`],
    ['every lease has run out', `m['until'] <= now or`, `true or`],
    ['the head’s wait lasts a millisecond longer', `m.wait > now and`, `m.wait >= now and`],
    ['a wait of a clock set back is kept', `m.wait > now and m['until'] <= now end`, `m.wait > now end`],
    [
      'a wait begins a millisecond late',
      `m.wait > now and m['until'] <= now end`,
      `m.wait > now and m['until'] < now end`,
    ],
    ['a lease of a clock set back is kept', ` or m['until'] > now + leaseMs * 4`, ``],
    [
      'a throttle never ends',
      `num(breakerUntil) > now and num(breakerUntil) <= now + 60000`,
      `num(breakerUntil) <= now + 60000`,
    ],
    [
      'a throttle of a clock set back is kept',
      `num(breakerUntil) > now and num(breakerUntil) <= now + 60000`,
      `num(breakerUntil) > now`,
    ],
    ['no breaker is ever open', `return breaker and breaker ~= ''`, `return false`],
    ['unreadable envelopes share an id', `return 'unknown-' .. redis.sha1hex(text)`, `return 'unknown'`],
    ['a backlog of another type stays', `  redis.call('DEL', listKey)\n`, ``],
    [
      'a backlog of another type is not put aside',
      `  redis.call('HSET', shardKey, 'corrupt-backlog:'`,
      `  local _ = (shardKey == 'corrupt-backlog:'`,
    ],
    ['the last of the backlog is next', `ck, 'LPOP')`, `ck, 'RPOP')`],
    [
      'the next head inherits the attempts',
      `  m.attempt = 0\n  if not text`,
      `  if not text`,
      inbox('fail', 'settle'),
    ],
    [
      'a list is read that is known to be empty',
      `m.backlog > 0 and onBacklog`,
      `onBacklog`,
      inbox('commands'),
    ],
    ['a backlog that is gone is still counted', `    m.backlog = 0\n    m.head = '-'`, `    m.head = '-'`],
    ['an empty mailbox keeps its head', `    m.head = '-'\n`, ``],
    ['the backlog is not counted down', `  m.backlog = m.backlog - 1\n`, ``],
    ['the next head has no age', `m.since = tonumber(at) or 1`, `m.since = 1`],
    ['a spoilt record is rebuilt under an old fence', `  m.fence = now\n`, ``],
    [
      'a spoilt record is rebuilt without its backlog',
      `m.backlog = type(count) == 'number' and count or 0`,
      `m.backlog = 0`,
    ],
    ['a spoilt record is rebuilt without its head', `redis.call('HGET', shardKey, 'h:' .. ck) or ''`, `''`],
    [
      'a spoilt record is not put aside',
      `redis.call('HSET', shardKey, 'corrupt:' .. ck, record, `,
      `redis.call('HSET', shardKey, `,
    ],
    [
      'a spoilt record is not rebuilt for good',
      `'h:' .. ck, head, 'm:' .. ck, writeMailbox(m))`,
      `'h:' .. ck, head)`,
    ],
    [
      'unknown words of a reply are taken',
      `if (tag === undefined) throw`,
      `if (tag === undefined) return tags[0] as Tag\n  if (tag === undefined) throw`,
    ],
  ]),

  ...mutants('lib/inbox/take.ts', inbox('take'), [
    ['a full store ends the takes', `evenWhenFull(1)`, ``, FULL],
    ['the same owner is told that it is busy', `if m.owner ~= owner then`, `if true then`],
    ['everybody is the same owner', `if m.owner ~= owner then`, `if false then`],
    ['an open breaker is not looked at', `if isOpen(f[6], f[7], now) then`, `if false then`],
    ['a lease that is held is given again', `if not isFree(m, now, leaseMs) then`, `if false then`],
    ['an empty mailbox is leased', `if m.head == '-' then`, `if false then`],
    ['an empty mailbox stays in the queue', `    redis.call('ZADD', KEYS[2], ms(-now), ck)\n`, ``],
    ['the head’s wait is not waited for', `if isWaiting(m, now) then`, `if false then`],
    [
      'a head that waits keeps its place in the queue',
      `    redis.call('ZADD', KEYS[2], ms(m.wait), ck)\n`,
      ``,
    ],
    ['a lease is not indexed', `redis.call('ZADD', KEYS[2], ms(m['until']), ck)\n`, ``],
    ['a lease is not stored', `redis.call('HSET', KEYS[1], 'm:' .. ck, writeMailbox(m))\n`, ``],
    [
      'a rebuilt mailbox comes without its head',
      `  f[2] = redis.call('HGET', KEYS[1], 'h:' .. ck)\n`,
      `  f[2] = ''\n`,
      inbox('lua', 'take'),
    ],
    ['a spoilt record is fatal', `if not m then\n`, `if false then\n`, inbox('lua', 'take')],
    [
      'a head without its envelope cannot be leased',
      `m.head, f[2] or '', ms(now), 0,`,
      `m.head, f[2], ms(now), 0,`,
      ODD,
    ],
  ]),

  ...mutants('lib/inbox/renew.ts', inbox('renew'), [
    ['a full store ends the renewals', `evenWhenFull(1)`, ``, FULL],
    ['the owner is not compared', ` or m.owner ~= ARGV[3]`, ``],
    ['the fence is not compared', ` or ms(m.fence) ~= ARGV[4]`, ``],
    ['a spoilt record is fatal', `if not m or m.owner`, `if m.owner`],
    ['the lease is not extended', `m['until'] = now + tonumber(ARGV[5])\n`, ``],
    [
      'the lease is extended from its end',
      `m['until'] = now + tonumber(ARGV[5])`,
      `m['until'] = m['until'] + tonumber(ARGV[5])`,
    ],
    ['the index is not told', `redis.call('ZADD', KEYS[2], ms(m['until']), ARGV[2])\n`, ``],
    ['the record is not stored', `redis.call('HSET', KEYS[1], 'm:' .. ARGV[2], writeMailbox(m))\n`, ``],
  ]),

  ...mutants('lib/inbox/settle.ts', inbox('settle'), [
    [
      'a shard of another type costs the next head',
      `do redis.pcall('HSET', KEYS[i], 'errors', 0) end`,
      `do redis.call('HSET', KEYS[i], 'errors', 0) end`,
      inbox('every-script'),
    ],
    [
      'the time to the 200 is not counted',
      `tonumber(ARGV[8]), endToEndMs`,
      `nil, endToEndMs`,
      inbox('stats'),
    ],
    [
      'the time to the end is not counted',
      `tonumber(ARGV[8]), endToEndMs`,
      `tonumber(ARGV[8]), nil`,
      inbox('stats'),
    ],
    ['an unreadable head is as old as time', `m.since > 1 and`, `m.since > 0 and`, inbox('stats')],
    ['a settlement is not in the statistics', `{settled = 1}`, `{}`, inbox('stats')],
    [
      'the owner is not compared',
      `local mine = m.owner == owner and ms(m.fence) == fence`,
      `local mine = ms(m.fence) == fence`,
    ],
    [
      'the fence is not compared',
      `local mine = m.owner == owner and ms(m.fence) == fence`,
      `local mine = m.owner == owner`,
    ],
    ['the head is not compared', `if not mine or m.head ~= id then`, `if not mine then`],
    ['nothing is lost', `if not mine or m.head ~= id then return {'lost'} end`, ``],
    ['a spoilt record is fatal', `if not m then return {'lost'} end`, ``],
    ['the same call again is lost', `if m.done == done then`, `if false then`],
    [
      'the same call again is known by its head alone',
      `if m.done == done then`,
      `if string.sub(m.done, 1, #id + 9) == 'settled/' .. id .. '/' then`,
    ],
    [
      'a failure is taken for a settlement',
      `if m.done == done then`,
      `if string.match(m.done, '/.*') == string.match(done, '/.*') then`,
    ],
    ['what was done is not noted', `m.done = done\n`, ``],
    ['the same call again gets what is another’s', `  if mine then\n`, `  if m.head ~= '-' then\n`],
    ['the same call again gets no next head', `  if mine then\n`, `  if false then\n`],
    [
      'the same call again keeps a short lease',
      `    m['until'] = now + leaseMs\n    redis.call('ZADD', KEYS[2], ms(m['until']), ck)\n`,
      ``,
    ],
    [
      'the same call again leaves the index behind',
      `    redis.call('ZADD', KEYS[2], ms(m['until']), ck)\n`,
      ``,
    ],
    ['the emptiness is not tested', `if envelope and goOn then`, `if goOn then`],
    [
      'an emptied mailbox is said to be left',
      `envelope and (goOn and 'next' or 'freed') or 'idle'`,
      `(goOn and 'next' or 'freed')`,
    ],
    [
      'a mailbox that is left is indexed as empty',
      `local due = m.backlog == 0 and -now or`,
      `local due = not goOn and -now or`,
    ],
    ['an open breaker is not looked at', `local goOn = running and ARGV[7]`, `local goOn = ARGV[7]`],
    ['a worker that stops gets the next head', ` and ARGV[7] == '1'\n`, `\n`],
    ['the lease of the next head is never extended', `< leaseMs * 2 / 3`, `< 0`],
    ['the lease of the next head is always extended', `< leaseMs * 2 / 3`, `< leaseMs * 2`],
    ['an extended lease is not stored', `if extend then m['until'] = now + leaseMs end`, ``],
    ['a mailbox given free is not due', `not goOn and now or`, `not goOn and now + leaseMs or`],
    ['nothing is indexed', `if due then redis.call('ZADD', KEYS[2], ms(due), ck) end`, ``],
    [
      'the index is written after the list',
      `if due then redis.call('ZADD', KEYS[2], ms(due), ck) end\nlocal envelope = advance(m, KEYS[1], KEYS[3], ck)\n`,
      `local envelope = advance(m, KEYS[1], KEYS[3], ck)\nif due then redis.call('ZADD', KEYS[2], ms(due), ck) end\n`,
    ],
    [
      'a backlog that is gone leaves the mailbox due',
      `if not envelope and due ~= -now then`,
      `if false then`,
    ],
    ['a handed-over head is no attempt', `  m.attempt = 1\n`, ``],
    ['a mailbox that is left is not given free', `  m.owner = '-'\n  m['until'] = 0\n`, ``],
    ['a mailbox that is left keeps its lease’s end', `  m['until'] = 0\n`, ``],
    ['pending is not counted down', `math.max(num(f[2]) - 1, 0)`, `num(f[2])`],
    ['settled is not counted', `ms(num(f[3]) + 1)`, `ms(num(f[3]))`],
    ['the head stays stored', `'h:' .. ck, envelope or '',\n`, `\n`],
    [
      'errors that the worker does not know of stay',
      `if num(f[9]) > 0 and not KEYS[4] then return {'widen'} end`,
      ``,
    ],
    [
      'a success leaves the errors',
      `  for i = 4, #KEYS do redis.pcall('HSET', KEYS[i], 'errors', 0) end\n`,
      ``,
    ],
    ['a success clears the errors of one shard', `for i = 4, #KEYS do`, `for i = 4, 4 do`],
    ['a full store ends the settling', `if (!isFull && error`, `if (isFull && error`, FULL],
    ['a full store is not prepared for', `if ARGV[9] == '1' then evenWhenFull(1) end`, ``, FULL],
  ]),

  ...mutants('lib/inbox/fail.ts', inbox('fail'), [
    [
      'a shard of another type costs the next head',
      `do redis.pcall('HSET', KEYS[i], ...) end`,
      `do redis.call('HSET', KEYS[i], ...) end`,
      inbox('every-script'),
    ],
    [
      'every failure is an error in the statistics',
      `{failed = tonumber(ARGV[8]), dead`,
      `{failed = 1, dead`,
      inbox('stats'),
    ],
    ['a death is not in the statistics', `dead = action == 'dead' and 1 or 0}`, `dead = 0}`, inbox('stats')],
    ['a full store ends the failing', `evenWhenFull(1)`, ``, FULL],
    ['the owner is not compared', `if m.owner ~= owner or ms(m.fence) ~= fence`, `if ms(m.fence) ~= fence`],
    ['the fence is not compared', `or ms(m.fence) ~= fence or m.head`, `or m.head`],
    ['the head is not compared', ` or m.head ~= id then return {'lost'} end`, ` then return {'lost'} end`],
    ['a spoilt record is fatal', `if not m then return {'lost'} end`, ``],
    [
      'the same call again counts again',
      `if m.done == 'parked' .. call or m.done == 'dead' .. call then`,
      `if false then`,
    ],
    ['a park again is lost', `if m.done == 'parked' .. call or`, `if`],
    [
      'a death again is lost',
      `m.done == 'parked' .. call or m.done == 'dead' .. call`,
      `m.done == 'parked' .. call`,
    ],
    [
      'a settlement is taken for a failure',
      `if m.done == 'parked' .. call or m.done == 'dead' .. call then`,
      `if string.match(m.done, '/.*') == call then`,
    ],
    ['the same call again always parked', `answer(string.match(m.done, '^%l+'))`, `answer('parked')`],
    ['what was done is not noted', `m.done = how .. call\n`, ``],
    ['a wait burns an attempt', `local refund = action == 'wait' or (`, `local refund = (`],
    ['an outage burns attempts', `(open or ARGV[9] ~= '') and ARGV[15] == '1')\nif`, `false)\nif`],
    [
      'an open breaker excuses everything',
      `(open or ARGV[9] ~= '') and ARGV[15] == '1')\nif`,
      `(open or ARGV[9] ~= ''))\nif`,
    ],
    [
      'every outage is excused',
      `local refund = action == 'wait' or ((open or ARGV[9] ~= '') and`,
      `local refund = action == 'wait' or (`,
    ],
    ['nothing is refunded', `if refund then m.attempt = math.max(m.attempt - 1, 0) end`, ``],
    ['an outage kills', `if refund then action = 'retry' end`, ``],
    ['what waits for the breaker waits for its backoff', `(blamed and 0 or delay)`, `delay`],
    ['nothing waits', `(blamed and 0 or delay)`, `0`],
    ['the lease is not given free', `m.owner = '-'\nm['until'] = now\n`, ``],
    [
      'since when the head waits is not noted',
      `m['until'] = now\n`,
      `m['until'] = 0\n`,
      inbox('fail', 'take'),
    ],
    ['a dead letter is not kept', `    redis.call('HSET', KEYS[4], id, letter)\n`.slice(2), ``],
    ['a dead letter is not listed', `  redis.call('ZADD', KEYS[5], ms(now), id)\n`, ``],
    [
      'a dead letter is kept before it is listed',
      `  redis.call('ZADD', KEYS[5], ms(now), id)\n  redis.call('HSET', KEYS[4], id, letter)\n`,
      `  redis.call('HSET', KEYS[4], id, letter)\n  redis.call('ZADD', KEYS[5], ms(now), id)\n`,
    ],
    ['no cap by count', `redis.call('ZCARD', KEYS[5]) > tonumber(ARGV[12]) or bytes`, `bytes`],
    ['no cap by bytes', ` or bytes > tonumber(ARGV[13]) do`, ` do`],
    [
      'a cap by count of one less',
      `redis.call('ZCARD', KEYS[5]) > tonumber(ARGV[12])`,
      `redis.call('ZCARD', KEYS[5]) >= tonumber(ARGV[12])`,
    ],
    [
      'the newest are dropped',
      `redis.call('ZRANGE', KEYS[5], 0, 1)`,
      `redis.call('ZREVRANGE', KEYS[5], 0, 1)`,
    ],
    ['the new one is dropped by a clock set back', `low[1] == id and low[2] or low[1]`, `low[1]`],
    [
      'the new one is dropped when it is all there is',
      `    if oldest == id then break end\n`,
      ``,
      inbox('fail'),
    ],
    ['what is dropped stays stored', `    redis.call('HDEL', KEYS[4], oldest)\n`, ``],
    ['what is dropped stays in the sum', `bytes = bytes - #(redis.call('HGET', KEYS[4], oldest) or '')`, ``],
    ['what is dropped is not counted', `if dropped > 0 then`, `if false then`],
    ['what is not dropped is counted', `if dropped > 0 then`, `if true then`],
    ['who dies again counts twice', ` - #(known[2] or '')`, ``],
    ['the bytes are not summed up', `  redis.call('HSET', KEYS[4], '#bytes', bytes)\n`, ``],
    [
      'the index is written after the list',
      `  redis.call('ZADD', KEYS[2], ms(m.backlog == 0 and -now or now), ck)\n`,
      ``,
    ],
    ['a dead head stays', `  envelope = advance(m, KEYS[1], KEYS[3], ck)\n`, ``],
    ['pending is not counted down', `  pending = math.max(pending - 1, 0)\n`, ``],
    ['errors are not counted', `  errors = errors + 1\n`, ``],
    ['errors are counted in one shard', `for i = 6, #KEYS do`, `for i = 6, 6 do`],
    ['every failure is an error', `if ARGV[8] == '1' then`, `if true then`],
    ['an open breaker loses its schedule', `and (not open or f[7] == 'throttled') then`, `then`],
    ['a throttle keeps a breaker from opening', `(not open or f[7] == 'throttled') then`, `not open then`],
    [
      'a 429 touches an open breaker',
      `elseif tonumber(ARGV[14]) > 0 and not open then`,
      `elseif tonumber(ARGV[14]) > 0 then`,
    ],
    ['two 429s of one chat slow all', `if f[11] ~= ck and now`, `if now`],
    ['two 429s far apart slow all', ` and now - num(f[10]) < tonumber(ARGV[14]) then`, ` then`],
    ['two 429s slow nobody', `if f[11] ~= ck and`, `if false and`],
    ['a throttle lasts as long as a chat’s wait', `math.min(delay, 30000)`, `delay`],
    ['a 429 is not remembered', `  everywhere('limited_at', ms(now), 'limited_by', ck)\n`, ``],
    [
      'a parked head is due at once',
      `ms(m.head == '-' and -now or math.max(m.wait, now))`,
      `ms(m.head == '-' and -now or now)`,
    ],
    [
      'an emptied mailbox is due',
      `ms(m.head == '-' and -now or math.max(m.wait, now))`,
      `ms(math.max(m.wait, now))`,
    ],
    [
      'the record is not stored',
      `'m:' .. ck, writeMailbox(m), 'h:' .. ck, envelope or '', 'pending', pending,`,
      `'h:' .. ck, envelope or '', 'pending', pending,`,
    ],
    ['a delay is cut', `Math.ceil(failure.delayMs)`, `Math.floor(failure.delayMs)`],
    ['a head without its envelope cannot die', `'\\\\n' .. (f[2] or '')`, `'\\\\n' .. f[2]`, ODD],
    ['what is pending falls below nothing', `pending = math.max(pending - 1, 0)`, `pending = pending - 1`],
  ]),

  ...mutants('lib/stats.ts', inbox('stats'), [
    [
      'a former day goes on',
      `if slot ~= current or not isHistogram(ack)`,
      `if not slot or not isHistogram(ack)`,
    ],
    ['an unreadable histogram of answers goes on', `or not isHistogram(ack) or`, `or`],
    ['an unreadable histogram of ends goes on', ` or not isHistogram(total) then`, ` then`],
    [
      'any histogram will do',
      `return text == '-' or (string.gsub(text .. ',', '%d+:%d+,', '')) == '' end`,
      `return true end`,
    ],
    [
      'buckets have no end',
      `math.min(math.ceil(2 * math.log(took) / math.log(2) - 1e-9), \${LAST_BUCKET})`,
      `math.ceil(2 * math.log(took) / math.log(2) - 1e-9)`,
    ],
    ['powers of two are one bucket up', ` - 1e-9`, ` + 1e-9`],
    ['no time has no bucket', `took <= 1 and 0 or`, ``],
    ['what is unknown is counted', `if not took then return text end`, `took = took or 0`],
    [
      'fields are not used again',
      `math.floor(now / \${SLOT_MS}) % \${SLOTS}) end`,
      `math.floor(now / \${SLOT_MS})) end`,
    ],
    ['an accepted update is not counted', `a + (more.accepted or 0)`, `a`],
    ['a settled update is not counted', `s + (more.settled or 0)`, `s`],
    ['a failed try is not counted', `f + (more.failed or 0)`, `f`],
    ['a dead letter is not counted', `d + (more.dead or 0)`, `d`],
  ]),

  ...mutants('lib/inbox/mailboxes.ts', inbox('mailboxes'), [
    [
      'a full store keeps what is stuck',
      `evenWhenFull(1)\n`,
      ``,
      ['test/health/full-store.test.ts', ...inbox('mailboxes', 'every-script')],
    ],
    [
      'what is gone is released',
      `if not record then return {'gone'} end`,
      `if not record then return {'released'} end`,
    ],
    ['an empty mailbox is released', `if m.head == '-' then return {'gone'} end`, ``],
    ['a released mailbox keeps its owner', `m.owner = '-'\n`, ``],
    ['a released head goes on waiting', `m.wait = 0\n`, ``],
    ['a released mailbox is not due', `redis.call('ZADD', KEYS[2], ms(now), ck)\n`, ``],
    ['a release is not stored', `redis.call('HSET', KEYS[1], 'm:' .. ck, writeMailbox(m))\n`, ``],
    ['empty mailboxes are listed', `if m and m.head ~= '-' then`, `if m then`],
    ['a mailbox is listed twice', `if not seen[ck] then names`, `if true then names`],
  ]),

  ...mutants('lib/inbox/sweep.ts', inbox('sweep'), [
    [
      'an index of another type ends the sweep',
      `local idle = redis.pcall(`,
      `local idle = redis.call(`,
      inbox('sweep', 'every-script'),
    ],
    [
      'a shard of another type ends the sweep',
      `redis.pcall('HSET', KEYS[i], 'swept_at'`,
      `redis.call('HSET', KEYS[i], 'swept_at'`,
      inbox('sweep', 'every-script'),
    ],
    ['a full store ends the sweeps', `evenWhenFull(1)`, ``, FULL],
    ['no gate', `if now - last < tonumber(ARGV[2]) and last <= now then return {'recent'} end`, ``],
    ['a clock set back closes the gate', ` and last <= now then return`, ` then return`],
    ['the gate is not closed', `  redis.pcall('HSET', KEYS[i], 'swept_at', ms(now))\n`, ``],
    ['the future is left where it is', `  if last > now then`, `  if false then`],
    ['the future is pulled down always', `  if last > now then`, `  if true then`],
    ['empty mailboxes are forgotten at once', `ms(tonumber(ARGV[4]) - now)`, `ms(-now)`],
    ['mailboxes that have work are forgotten', `'(0', 'LIMIT', 0, 200)`, `'+inf', 'LIMIT', 0, 200)`],
    ['empty mailboxes are never forgotten', `if #idle > 0 then`, `if false then`],
    ['forgotten mailboxes stay in the index', `      redis.call('ZREM', KEYS[n + i], unpack(idle))\n`, ``],
    ['forgotten mailboxes keep their record', `        fields[#fields + 1] = 'm:' .. ck\n`, ``],
    ['forgotten mailboxes keep their head', `        fields[#fields + 1] = 'h:' .. ck\n`, ``],
    [
      'empty mailboxes are brought',
      `'(0', ms(now), 'LIMIT', 0, limit)`,
      `'-inf', ms(now), 'LIMIT', 0, limit)`,
    ],
    ['what is not due is brought', `'(0', ms(now), 'LIMIT', 0, limit)`, `'(0', '+inf', 'LIMIT', 0, limit)`],
    ['no limit', `if #reply <= limit then`, `if true then`],
    ['all that are empty are forgotten at once', `'(0', 'LIMIT', 0, 200)`, `'(0')`],
    ['a shard of another type ends the forgetting', `redis.pcall('HDEL'`, `redis.call('HDEL'`],
    ['all that was due in the future is brought at once', `'+inf', 'LIMIT', 0, 1000)`, `'+inf')`],
    [
      'one shard first',
      `for rank = 1, limit do\n  for i = 1, n do`,
      `for i = 1, n do\n  for rank = 1, limit do`,
    ],
    [
      'the last shard is overlooked',
      `local found = {}\nfor i = 1, n do`,
      `local found = {}\nfound[n] = {}\nfor i = 1, n - 1 do`,
    ],
  ]),

  ...mutants('lib/inbox/dead-letters.ts', inbox('dead-letters'), [
    [
      'a list of another type shows too late',
      `redis.call('ZSCORE', KEYS[2], '-')\n`,
      ``,
      inbox('every-script'),
    ],
    [
      'an index of another type shows too late',
      `redis.call('ZSCORE', KEYS[5], '-')\n`,
      ``,
      inbox('dead-letters', 'every-script'),
    ],
    ['a letter is replayed for ever', `redis.call('HDEL', KEYS[1], id)\n`, ``],
    ['a replay whose answer was lost is gone', `if before then return {'replayed', before} end\n`, ``],
    ['a replay is not remembered', `  redis.call('SET', KEYS[3], replayed, 'PX', ARGV[2])\n`, ``],
    [
      'a replay is remembered for ever',
      `redis.call('SET', KEYS[3], replayed, 'PX', ARGV[2])`,
      `redis.call('SET', KEYS[3], replayed)`,
    ],
    ['a discard whose answer was lost is gone', `if before then return {'discarded', before} end\n`, ``],
    ['a discard is not remembered', `  redis.call('SET', KEYS[3], #ids, 'PX', ARGV[1])\n`, ``],
    [
      'a discard is remembered for ever',
      `redis.call('SET', KEYS[3], #ids, 'PX', ARGV[1])`,
      `redis.call('SET', KEYS[3], #ids)`,
    ],
    [
      'batches have letters of several shards',
      `const shard = shardOf(letter.chatKey)\n    let`,
      `const shard = 0\n    let`,
    ],
    ['batches have any number of letters', `last.batch.length === BATCH_LETTERS`, `false`],
    ['batches are of any size', `last.bytes + letter.bytes > BATCH_BYTES`, `false`],
    [
      'all letters go to the mailbox of the first',
      `String(common.length + 1 + chats.indexOf(chatKey))`,
      `String(common.length + 1)`,
    ],
    ['only the first of a batch is replayed', `for i = 3, #ARGV, 3 do`, `for i = 3, 5, 3 do`],
    ['only the first of a batch is discarded', `unpack(ARGV, 2)`, `unpack(ARGV, 2, 2)`],
    [
      'one memory for all calls',
      `import { createHash, randomUUID } from 'node:crypto'`,
      `import { createHash } from 'node:crypto'\nconst randomUUID = () => 'one'`,
    ],
    ['a replayed letter is still listed', `redis.call('ZREM', KEYS[2], id)\n`, ``],
    ['a replayed letter stays in the sum', `  bytes = bytes + #letter\nend\nfor`, `end\nfor`],
    [
      'what is gone is replayed',
      `local letter = redis.call('HGET', KEYS[1], id)\n  if not letter then return end`,
      `local letter = redis.call('HGET', KEYS[1], id) or ''`,
    ],
    [
      'a replayed letter replaces the head',
      `if m.head == '-' then\n    becomeHead(m, id, now)`,
      `if true then\n    becomeHead(m, id, now)`,
    ],
    ['a replayed head is not indexed', `    redis.call('ZADD', KEYS[5], ms(now), ck)\n`, ``],
    ['a replayed letter goes in front', `'RPUSH', envelope)`, `'LPUSH', envelope)`],
    ['a replayed letter is not counted in its mailbox', `    m.backlog = m.backlog + 1\n`, ``],
    ['a replayed letter is not pending', `num(f[2]) + 1}`, `num(f[2])}`],
    ['replays are not counted', `(tonumber(replays) + 1)`, `tonumber(replays)`],
    ['the rate verdict stays', ` .. ' ok ' .. language`, ` .. ' notice ' .. language`],
    ['the language is lost', ` .. ' ok ' .. language .. ' '`, ` .. ' ok - '`],
    [
      'a spoilt record is fatal',
      `readMailbox(f[1]) or rebuild(f[1], KEYS[4], KEYS[list], ck, now)`,
      `readMailbox(f[1])`,
    ],
    ['a letter is discarded for ever', `  redis.call('HDEL', KEYS[1], unpack(ids))\n`, ``],
    ['a discarded letter is still listed', `  redis.call('ZREM', KEYS[2], unpack(ids))\n`, ``],
    ['a discarded letter stays in the sum', `    bytes = bytes + #letter\n  end\nend`, `  end\nend`],
    ['letters of others are forgotten', `head.userId === userId`, `head.userId !== null`],
    [
      'a letter that nobody can read ends the replay of all',
      `'^[^\\\\n]*\\\\n[^\\\\n]*\\\\n(.*)$') or ''`,
      `'^[^\\\\n]*\\\\n[^\\\\n]*\\\\n(.*)$')`,
      ODD,
    ],
  ]),

  ...mutants('lib/inbox/dead-letter-list.ts', inbox('dead-letter-list'), [
    [
      'the oldest come first',
      `ids = redis.call('ZREVRANGE', KEYS[2], tonumber(ARGV[1])`,
      `ids = redis.call('ZRANGE', KEYS[2], tonumber(ARGV[1])`,
    ],
    ['a page is one letter longer', `tonumber(ARGV[2]) - 1)`, `tonumber(ARGV[2]))`],
    [
      'a cause ends at any line separator',
      `(\\d+)\\n([^\\n]*)\\n/`,
      `(\\d+)\\n(.*)\\n/`,
      inbox('fail', 'dead-letter-list'),
    ],
    ['groups differ by numbers', `.replaceAll(/\\d+/g, '#')`, ``],
    ['a page is of any size', `if #reply > 4 and read > tonumber(ARGV[3]) then return reply end`, ``],
    ['a letter that is too long for a page is never listed', `if #reply > 4 and read`, `if read`],
    ['a page is as long as an answer may be', `PAGE_BYTES = 2_000_000`, `PAGE_BYTES = 4_500_000`],
    ['a head has its payload', `ARGV[4] == 'heads' and headOf(letter) or letter`, `letter`],
    [
      'a head without an envelope is none',
      `    or string.match(letter, '^[^\\\\n]*\\\\n[^\\\\n]*\\\\n') or ''`,
      `    or ''`,
    ],
    ['only the first page has heads', `heads.length >= page.total`, `true`],
    [
      'what is no letter has a head',
      `elseif not redis.call('ZSCORE', KEYS[2], ARGV[5]) then`,
      `elseif false then`,
    ],
    ['a letter that is gone ends the list', `    letter = letter or ''\n`, ``],
    ['what nobody can read is a group', `    if (diedAtMs === 0) continue\n`, ``, ODD],
  ]),

  // The drain has tests of its own; here it is the simulation that must see.
  ...mutants(
    'lib/bot/drain.ts',
    ['test/simulation/simulation.test.ts'],
    [
      [
        'a worker whose lease is over sends',
        `if (aborter.signal.aborted || deps.clock.monotonicMs() >= heldUntil) throw new LeaseLost()`,
        ``,
      ],
      ['leases are not renewed', `stop: every(deps.leaseMs / 3, renew)`, `stop: async () => {}`],
      [
        'an update that kills its worker is tried for ever',
        `if (lease.attempt > deps.maxAttempts * CRASHES_PER_ATTEMPT) {`,
        `if (lease.attempt < 0) {`,
      ],
      [
        'the next head is left alone',
        `if (settled.next) return { next: { lease: settled.next, bot: settled.bot, askedMs } }`,
        ``,
      ],
      ['a failure is a success', `return { cause: signal.aborted ? new LeaseLost() : cause }`, `return null`],
      [
        'a retry is left to the sweep',
        `return failed.left ? { waitMs: failed.waitMs } : STOP`,
        `return STOP`,
      ],
    ],
  ),

  ...mutants(
    'lib/bot/drain.ts',
    ['test/bot/drain.test.ts'],
    [
      ['leases are thought to be whole', `askedMs + (deps.leaseMs * 2) / 3`, `askedMs + deps.leaseMs`],
      [
        'a lease counts from its use',
        `askedMs + (deps.leaseMs * 2) / 3`,
        `deps.clock.monotonicMs() + (deps.leaseMs * 2) / 3`,
      ],
      [
        'a renewal counts from its answer',
        `heldUntil = asked + deps.leaseMs`,
        `heldUntil = deps.clock.monotonicMs() + deps.leaseMs`,
      ],
      [
        'a settlement’s lease counts from its answer',
        `return { next: { lease: settled.next, bot: settled.bot, askedMs } }`,
        `return { next: { lease: settled.next, bot: settled.bot, askedMs: deps.clock.monotonicMs() } }`,
      ],
      [
        'a take’s lease counts from its answer',
        `return { lease: taken.lease, bot: taken.bot, askedMs }`,
        `return { lease: taken.lease, bot: taken.bot, askedMs: deps.clock.monotonicMs() }`,
      ],
    ],
  ),

  ...mutants('lib/inbox/envelope.ts', inbox('envelope'), [
    ['any version will do', `/^1 (`, `/^\\d+ (`],
    ['any word is a verdict', `(ok|notice|drop)`, `(\\S+)`],
    ['what comes before does not matter', `/^1 (`, `/1 (`],
  ]),

  ...mutants('lib/inbox/malformed.ts', inbox('malformed'), [
    [
      'samples of another type end the counting',
      `redis.pcall('LPUSH'`,
      `redis.call('LPUSH'`,
      inbox('malformed', 'every-script'),
    ],
    ['a malformed body is not counted', `'malformed', 1)`, `'malformed', 0)`],
    ['samples are kept for ever', `redis.pcall('LTRIM', KEYS[1], 0, tonumber(ARGV[3]) - 1)\n`, ``],
    ['samples are kept whole', `body.slice(0, SAMPLE_CHARACTERS)`, `body`],
    ['the oldest are kept', `redis.pcall('LPUSH'`, `redis.pcall('RPUSH'`],
  ]),

  ...mutants('lib/inbox/update.ts', inbox('update'), [
    ['any depth will do', `if (isTooDeep(text))`, `if (false)`],
    ['brackets in strings count', `if (inString) {`, `if (false) {`],
    ['any number is an id', `Number.isSafeInteger(value)`, `typeof value === 'number'`],
    ['__proto__ is a kind', `/^[a-z]\\w*$/`, `/./`],
    ['users come before chats', `idOf(chat?.['id']) ?? userId ??`, `userId ?? idOf(chat?.['id']) ??`],
    ['all updates without a chat share a mailbox', '?? `update:${updateId}`', `?? 'update'`],
    [
      'everything asks the bot',
      `if (kind !== 'message') return false`,
      `if (kind !== 'message') return true`,
    ],
    ['every reply is to the bot', `idOf(repliedTo?.['id']) === botId`, `repliedTo !== undefined`],
  ]),

  ...mutants('lib/redis.ts', KEYS, [
    [
      'text in a counter is fatal',
      `return tonumber(text or '0') or 0 end`,
      `return tonumber(text or '0') end`,
      inbox('accept'),
    ],
    ['a full store is not prepared for', `redis.call('HDEL', KEYS[at], '-') end`, `end`, FULL],
    [
      'the flag is not in the first line',
      `'#!lua flags=allow-key-locking\\n' : ''`,
      `'\\n#!lua flags=allow-key-locking\\n' : ''`,
    ],
    ['the flag is sent to every store', `config.storeKeyLocking ? `, `!config.storeKeyLocking ? `],
    [
      'what the store does not know is asked for again',
      `'not_supported', { definite: true }`,
      `'not_supported'`,
      ['test/redis.test.ts'],
    ],
    [
      'a store in trouble is taken at its word',
      `return new StoreError('bad_answer')`,
      `return new StoreError('bad_answer', { definite: true })`,
      ['test/redis.test.ts'],
    ],
  ]),

  ...mutants('lib/health/state.ts', inbox('breaker'), [
    ['an end ends an operator’s pause', `if f[3] ~= 'paused' then\n  put(`, `if true then\n  put(`],
    ['a pause hides a failure', ` or f[6] == 'FAILED' or f[6] == 'UNAUTHORIZED'`, ``],
    ['a pause hides a revoked token', ` or f[6] == 'UNAUTHORIZED'`, ``, ['test/health/state.test.ts']],
    [
      'a pause hides a failure from who could probe',
      ` || status === 'FAILED' || status === 'UNAUTHORIZED'`,
      ``,
      ['test/app/look-after.test.ts'],
    ],
    [
      'a failure behind a pause moves no probe',
      `  put('breaker_until', ms(now + tonumber(ARGV[5])), 'breaker_tries', num(f[4]) + 1)`,
      `  if f[3] ~= 'paused' then put('breaker_until', ms(now + tonumber(ARGV[5])), 'breaker_tries', num(f[4]) + 1) end`,
    ],
    ['a success leaves the schedule', `put('breaker_until', 0, 'breaker_tries', 0)`, ``],
    [
      'anybody may finish',
      `if redis.call('GET', KEYS[1]) ~= owner then return {f[2]`,
      `if false then return {f[2]`,
    ],
    ['two may claim', `if holder and holder ~= owner then`, `if false then`],
    ['probes do not wait', `and untilMs > now and untilMs - now`, `and false and untilMs - now`],
    ['a success leaves the breaker', `status == 'OK' and '' or status`, `status == 'OK' and f[3] or status`],
  ]),

  ...mutants('lib/health/pause.ts', inbox('breaker'), [
    ['a pause’s end closes a breaker in mid-probe', ` or f[2] == 'REINITIALIZING' and num(f[3]) > 0`, ``],
    ['a pause’s end opens one at every restart', ` and num(f[3]) > 0`, ``],
    ['a pause’s end closes the breaker of a failure', `f[2] == 'FAILED' or f[2] ==`, `f[2] ==`],
    ['a pause’s end forgets a revoked token', `if f[2] == 'UNAUTHORIZED' then`, `if false then`],
    [
      'who resumes waits for the probe',
      `for i = 1, #KEYS do redis.call('HSET', KEYS[i], 'breaker_until', 0) end`,
      ``,
    ],
  ]),

  ...mutants(
    'lib/app/status.ts',
    ['test/app/look-after.test.ts'],
    [['the panel’s looks look after nothing', `invocation.background(lookAfter(invocation, snapshot))`, ``]],
  ),

  ...mutants(
    'lib/health/telegram-view.ts',
    ['test/health/telegram-view.test.ts'],
    [
      [
        'a drift is claimed every 5 s for a day',
        `local drifted = f[5] == '0' and math.abs(now - num(f[3])) >= tonumber(ARGV[4])`,
        `local drifted = f[5] == '0'`,
      ],
      ['a drift is claimed once a minute', `local drifted = f[5] == '0' and`, `local drifted = false and`],
      [
        'a drift is old after 5 s for a day',
        `matches === false && agoMs(repairedAtMs) >= REPAIR_AGAIN_MS`,
        `matches === false`,
      ],
      ['a drift is old after a minute', `matches === false && agoMs`, `!matches && false && agoMs`],
    ],
  ),

  ...mutants(
    'lib/health/shards.ts',
    ['test/app/status.test.ts'],
    [
      [
        'slots are of any age',
        `slots.filter(({ slot }) => slot === current || slot === current - 1)`,
        `slots.slice(-2)`,
      ],
    ],
  ),

  ...mutants(
    'lib/health/webhook-secret.ts',
    ['test/health/webhook-secret.test.ts'],
    [
      [
        'the secret before is honoured for ever',
        ` and (tonumber(f[3] or '0') or 0) > clock(ARGV[1]) then`,
        ` then`,
      ],
      ['every secret is known', `return {'unknown'}`, `return {'known'}`],
      ['refusals are not counted', `redis.call('HINCRBY', KEYS[1], 'refused', 1)\n`, ``],
      ['the secret before is not kept', `  if told then\n`, `  if false then\n`],
    ],
  ),

  ...mutants(
    'lib/health/cron.ts',
    ['test/health/cron.test.ts'],
    [
      ['any word tells of the cron', `  if (word !== 'cron') throw new StoreError('unexpected_reply')\n`, ``],
      [
        'a mark that nobody can read is a time',
        `Number.isFinite(sinceMs) && Number(at) > 0 ?`,
        `at !== '0' ?`,
      ],
    ],
  ),

  ...mutants(
    'lib/http/last-line.ts',
    ['test/http/last-line.test.ts'],
    [
      ['answers are faults', `error instanceof HttpError || `, ``],
      ['what was told is told again', ` || isLogged(error)) return`, `) return`],
      ['what is derived is no secret', `...derivedSecrets(env), `, ``],
      ['secrets in faulty settings are shown', `, ...secretsIn(env)]`, `]`],
      ['its own line counts as told', `error: describeError(error) }`, `error }`],
    ],
  ),

  ...mutants(
    'lib/http/route.ts',
    ['test/http/last-line.test.ts'],
    [['a fault leaves no trace', `      tellFault(error, request, around())\n`, ``]],
  ),

  ...mutants(
    'lib/health/audit.ts',
    ['test/health/audit.test.ts'],
    [
      [
        'a lost answer is a second entry',
        `if redis.call('EXISTS', KEYS[2]) == 1 then return`,
        `if false then return`,
      ],
      ['a call is not remembered', `redis.call('SET', KEYS[2], '1', 'PX', ARGV[5])\n`, ``],
      [
        'any time is a date',
        `if (!(atMs <= LAST_MS)) return null\n`,
        `if (Number.isNaN(atMs)) return null\n`,
      ],
      ['anybody may be nobody', `typeof actor !== 'string' || `, ``],
      [
        'any target will do',
        `  if (typeof target !== 'string' && target !== null) return null\n`,
        `  if (false as boolean) return null\n`,
      ],
    ],
  ),

  ...mutants(
    'lib/http/login-limit.ts',
    ['test/http/login-limit.test.ts'],
    [
      [
        'a lost answer is a second try',
        `if redis.call('EXISTS', KEYS[3]) == 1 then return`,
        `if false then return`,
      ],
      ['a try is given back for ever', `redis.call('SET', KEYS[3], 'returned', 'PX', ARGV[1])\n`, ``],
      [
        'a try that was given back is forgotten',
        `redis.call('SET', KEYS[3], 'returned', 'PX', ARGV[1])`,
        `redis.call('DEL', KEYS[3])`,
      ],
      ['a new window pays for an old try', `f[i][2] == ends[i] and `, ``],
    ],
  ),

  ...mutants(
    'lib/log.ts',
    ['test/log.test.ts', 'test/http/last-line.test.ts'],
    [
      ['an error is not marked as told', `  Reflect.defineProperty(value, TOLD, { value: true })\n`, ``],
      ['a parser’s quotation is shown', `error instanceof SyntaxError ? `, `false ? `],
      ['a message stands in the stack', `stack.replace(message, '')`, `stack`],
    ],
  ),

  ...mutants(
    'lib/app/operation.ts',
    ['test/app/operation.test.ts'],
    [['an action’s error is dropped', `'internal_error', { error })`, `'internal_error')`]],
  ),

  ...mutants(
    'lib/http/operator.ts',
    ['test/app/session.test.ts', 'test/api/functions.test.ts'],
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
    ],
  ),

  ...mutants(
    'lib/http/session.ts',
    ['test/http/session.test.ts'],
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
    ],
  ),

  ...mutants(
    'lib/http/init-data.ts',
    ['test/http/init-data.test.ts'],
    [
      [
        'any hash will do',
        `if (given.length !== expected.length || !timingSafeEqual(given, expected)) return`,
        `if (false) return`,
      ],
      ['a field may come twice', `if (names.size !== fields.length) return { word: 'bad' }`, ``],
      ['old data will do', `ageMs > FRESH_MS || `, ``],
      ['data of the future will do', ` || ageMs < -SKEW_MS`, ``],
    ],
  ),

  ...mutants(
    'lib/app/webhook.ts',
    ['test/api/functions.test.ts', 'test/inbox/webhook.test.ts'],
    [
      ['nobody is asked for the secret', `  await authenticate(request, invocation)\n`, ``],
      [
        'every secret is right',
        `if (sameSecret(given, config.webhookSecret)) return`,
        `if (given !== null) return`,
      ],
      ['no secret is right', `if (sameSecret(given, config.webhookSecret)) return`, ``],
      ['what Telegram was told does not count', `if (wellFormed && (await`, `if (false && (await`],
      [
        'every well-formed secret counts',
        `(await isToldSecret(store, fingerprint(given)).catch(() => false))) return`,
        `true) return`,
      ],
      ['a store that is away opens the door', `.catch(() => false)`, `.catch(() => true)`],
      [
        'malformed secrets reach the store',
        `if (wellFormed && (await isToldSecret(store, fingerprint(given))`,
        `if (given !== null && (await isToldSecret(store, fingerprint(given))`,
      ],
      ['an open question is not pursued', `if (!error.definite) invocation`, `if (false) invocation`],
      [
        'a malformed body is refused',
        `return json(200, { ok: true, ignored: reason })`,
        `return json(400, { ok: false, ignored: reason })`,
      ],
      [
        'a malformed body is not kept',
        `const count = await keepMalformed(store, reason, body, ACCEPT_LIMITS)`,
        `const count = 0`,
      ],
      [
        'a failed acceptance is answered with 200',
        `    throw error\n  }\n}\n\nasync function authenticate`,
        `    return json(200, { ok: true })\n  }\n}\n\nasync function authenticate`,
      ],
    ],
  ),
]
