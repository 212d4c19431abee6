import type { RemedyCode } from '../../contract.ts'
import { accountEn } from './account/en.ts'
import { plural } from './plural.ts'

const updates = plural('en', { one: '# update', other: '# updates' })
const deadLetters = plural('en', { one: '# dead letter', other: '# dead letters' })
const mailboxes = plural('en', { one: '# mailbox', other: '# mailboxes' })
const seconds = plural('en', { one: '# second', other: '# seconds' })
const errors = plural('en', { one: '# error', other: '# errors' })
const times = plural('en', { one: '# time', other: '# times' })

export const en = {
  title: 'Control panel',
  skip: 'Skip to the content',
  language: 'Language',
  theme: 'Appearance',
  themes: { auto: 'As the system', light: 'Light', dark: 'Dark' },
  logOut: 'Log out',
  sections: 'Sections',
  views: {
    overview: 'Overview',
    'dead-letters': 'Dead letters',
    mailboxes: 'Mailboxes',
    setup: 'Setup',
    audit: 'Audit log',
    account: accountEn.view,
  },
  loading: 'Looking…',
  never: 'never',
  none: 'none',
  unknown: 'unknown',
  yes: 'yes',
  no: 'no',
  cancel: 'Cancel',
  close: 'Close',
  tryAgain: 'Try again',
  sayAgain: (what: string) => `Press again: ${what}`,

  login: {
    title: 'Log in',
    token: 'Admin token',
    hint: 'The value of ADMIN_TOKEN; nothing here keeps it.',
    submit: 'Log in',
    busy: 'Logging in…',
    ended: 'The session has ended. Log in again.',
    left: 'You are logged out.',
    wait: (s: number) => `Too many attempts. Try again in ${seconds(s)}.`,
    empty: 'Enter the admin token.',
  },
  mini: {
    outside: 'Open this page from Telegram',
    outsideHint: 'Send /panel to the bot, or press its menu button.',
    busy: 'Telegram says who you are…',
  },

  verdict: {
    title: 'Verdict',
    also: 'Also',
    healthy: ['All is well.', 'Telegram is heard, and everything that it sent is answered.'],
    givenUp: (n: number) => ['The bot works.', `${deadLetters(n)} to be replayed or discarded.`],
    working: (n: number) => ['All is well.', `${updates(n)} on the way.`],
    unreachable: ['This deployment does not answer.', 'Check the network here and the deployment on Vercel.'],
    other: (reason: string) => [`Something is wrong: ${reason}.`, ''],
    token_revoked: () => [
      'Telegram refuses the bot’s token.',
      'Updates are kept and wait. Get a valid token from BotFather, set TELEGRAM_BOT_TOKEN, deploy, restart the bot.',
    ],
    bot_failed: ({ isTelegramAway }: Facts) =>
      isTelegramAway
        ? [
            'The bot has failed: Telegram does not answer it.',
            'Updates are kept and wait. It tries again by itself, with growing pauses.',
          ]
        : [
            'The bot has failed: it could not be re-initialised.',
            'Updates are kept and wait. It tries again by itself; “Restart bot” tries now.',
          ],
    webhook_elsewhere: ({ webhookUrl }: Facts) => [
      'The webhook is set elsewhere: the bot is deaf.',
      `Telegram delivers to ${webhookUrl ?? 'nobody'}. “Restart bot” brings it back here.`,
    ],
    oldest_pending_too_old: ({ oldest }: Facts) => [
      `The oldest update has been waiting for ${oldest}.`,
      '“Sweep now” gives every waiting mailbox a worker.',
    ],
    sweep_overdue: () => [
      'Nothing sweeps: waiting mailboxes get no worker.',
      '“Sweep now” does it once; Setup says whether the cron runs.',
    ],
    bot_reinitializing: () => ['The bot is re-initialising.', 'This takes a few seconds.'],
    bot_not_initialized: () => [
      'The bot is not initialised yet.',
      'The first update or health check does it; “Restart bot” does it now.',
    ],
    processing_paused: () => [
      'Processing is paused.',
      'Updates are accepted and wait. “Resume” lets them through.',
    ],
    telegram_check_failed: ({ telegramError }: Facts) => [
      'Telegram does not say what it knows of the webhook.',
      telegramError ?? '',
    ],
    telegram_cannot_deliver: ({ telegramError, telegramPending }: Facts) => [
      `Telegram cannot deliver: it holds ${updates(telegramPending)}.`,
      telegramError ?? '',
    ],
    store_unreachable: ({ storeError }: Facts) => [
      'The store cannot be reached.',
      `Nothing can be accepted; Telegram keeps the updates for 24 hours.${storeError ? ` The error: ${storeError}.` : ''} Check UPSTASH_REDIS_REST_URL, its token and the database.`,
    ],
    configuration_faulty: ({ variables }: Facts) => [
      'The configuration is faulty.',
      `Missing or wrong: ${variables.join(', ')}. Set them in the project’s environment and deploy again.`,
    ],
  },

  flow: {
    title: 'The way of an update',
    accepted: 'Accepted',
    pending: 'Pending',
    inFlight: 'In flight',
    settled: 'Settled',
    dead: 'Dead',
    oldest: (age: string, n: number) => `oldest ${age}, in ${mailboxes(n)}`,
    dropped: plural('en', { other: '# dropped' }),
  },
  overview: {
    asOf: (time: string) => `As of ${time}`,
    bot: 'Bot',
    status: 'Status',
    statuses: {
      OK: 'works',
      REINITIALIZING: 'is re-initialising',
      FAILED: 'has failed',
      UNAUTHORIZED: 'token refused',
      UNKNOWN: 'unknown',
    },
    errorCount: 'Errors in a row',
    epoch: 'Epoch',
    reinitialized: 'Last re-initialised',
    breaker: 'Breaker',
    breakers: {
      telegram: 'Telegram away',
      token: 'token refused',
      paused: 'paused',
      throttled: 'Telegram limits the bot',
    },
    closed: 'closed',
    until: (time: string) => `until ${time}`,
    lastSweep: 'Last swept',
    malformed: 'Malformed',
    telegram: 'Telegram’s view',
    webhook: 'Webhook',
    isOurs: 'Is it ours',
    waiting: 'Waiting at Telegram',
    lastError: 'Last error',
    checked: 'Checked',
    store: 'Store',
    latency: 'Latency',
    size: 'Size',
    ofMax: (used: string, max: string) => `${used} of ${max}`,
    keys: 'Keys',
    eviction: 'Eviction',
    deployment: 'Deployment',
    version: 'Version',
    region: 'Region',
    environment: 'Environment',
    answers: 'Connected',
    notAnswering: 'away',
  },
  chart: {
    title: 'The last 24 hours',
    perMinute: 'Updates per minute',
    failures: 'Failures',
    summary: (accepted: number, failed: number, dead: number) =>
      `${updates(accepted)} accepted, ${plural('en', { one: '# failure', other: '# failures' })(failed)}, ${deadLetters(dead)}.`,
  },
  latency: {
    title: 'Time taken',
    within: 'in the last hour',
    ack: 'To the 200',
    endToEnd: 'To the end',
    count: 'Measured',
  },

  actions: {
    title: 'Actions',
    restart: 'Restart bot',
    resetErrors: 'Reset errors',
    sweep: 'Sweep now',
    pause: 'Pause',
    resume: 'Resume',
    busy: 'Working…',
    restartAsk: 'Restart the bot?',
    restartWhat: 'It takes a new epoch and registers its webhook and commands anew. No update is lost.',
    restarted: (epoch: number) => `Restarted: the bot is in epoch ${epoch}.`,
    restartedPartly: (epoch: number, steps: string) =>
      `Restarted into epoch ${epoch}, but not all of it worked: ${steps}.`,
    wasReset: (n: number) => `The error counter is at 0; it stood at ${errors(n)}.`,
    swept: (n: number) => `Swept: ${mailboxes(n)} taken up.`,
    noneDue: (n: number) => `None is due: ${mailboxes(n)} at work or waiting for a retry.`,
    held: (why: string) => `No mailbox can be taken: ${why}.`,
    pausedAlready: 'Processing was paused already.',
    resumed: 'Processing goes on.',
    resumedAlready: 'Processing was going on already.',
    failed: (what: string, why: string) => `“${what}” failed: ${why}`,
  },

  dead: {
    title: 'Dead letters',
    intro: 'Updates that were given up on, kept whole until you replay or discard them.',
    empty: 'There are none. Nothing was given up on.',
    total: deadLetters,
    dropped: (n: number) => `${updates(n)} no longer kept: the list was full.`,
    groups: 'By cause',
    noMessage: 'no message',
    newest: (time: string) => `newest ${time}`,
    show: 'Show letters',
    hide: 'Hide letters',
    more: 'Load more',
    update: (id: string) => `Update ${id}`,
    died: 'Given up',
    accepted: 'Accepted',
    chat: 'Chat',
    replays: 'Replayed',
    replayed: times,
    payload: 'Payload',
    replay: 'Replay',
    discard: 'Discard',
    replayGroup: 'Replay group',
    discardGroup: 'Discard group',
    replayAll: 'Replay all',
    discardAll: 'Discard all',
    download: 'Download as JSON',
    downloaded: (n: number) => `${deadLetters(n)} saved as JSON.`,
    replayAsk: (n: number) => `Replay ${deadLetters(n)}?`,
    discardAsk: (n: number) => `Discard ${deadLetters(n)}?`,
    replayWarning:
      'Each is processed again, behind what its chat has waiting. What it did before it failed, such as a message already sent, may happen a second time.',
    discardWarning: 'They are deleted for good; nobody is answered.',
    didReplay: (n: number) => `${deadLetters(n)} replayed.`,
    didDiscard: (n: number) => `${deadLetters(n)} discarded.`,
    gone: 'Nothing to do: somebody was faster.',
  },

  boxes: {
    title: 'Stuck mailboxes',
    intro: 'Chats whose updates wait. Each is shown as a hash.',
    empty: 'No mailbox is waiting.',
    total: mailboxes,
    shown: (n: number) => `the oldest ${n} are shown`,
    chat: 'Chat',
    state: 'State',
    states: {
      leased: 'at work',
      expired: 'lease expired',
      waiting: 'waits for a retry',
      due: 'waits for a worker',
    },
    owner: 'Lease owner',
    age: 'Age',
    attempts: 'Attempts',
    retry: 'Next retry',
    pending: 'Updates',
    action: 'Action',
    release: 'Release',
    releaseChat: (id: string) => `Release ${id}`,
    releaseAsk: (id: string) => `Release mailbox ${id}?`,
    releaseWhat:
      'Its worker loses the lease, and another takes the first update at once. What was already sent may be sent again.',
    released: (id: string) => `Mailbox ${id} is released.`,
    refresh: 'Refresh',
  },

  setup: {
    title: 'Setup check',
    intro: 'Whether all is there that the bot needs. No variable’s value is shown.',
    variables: 'Environment variables',
    services: 'Services',
    again: 'Check again',
    states: { ok: 'in order', warning: 'worth a look', fault: 'wrong', unknown: 'unknown' },
    names: {
      webhook: 'Webhook',
      commands: 'Commands menu',
      eviction: 'Eviction policy',
      cron: 'Cron',
      public_url: 'Public address',
      admin_ids: 'Administrators',
    },
    values: {
      set: 'set',
      unset: 'not set',
      default: 'default',
      not_reached: 'not reached',
      preview: 'not used by a preview',
    },
    /** The server's own sentences are English already. */
    remedies: null as Record<RemedyCode, string> | null,
    proveTitle: 'Proof',
    proveIntro: 'Sends a made-up update through the whole path, as Telegram would, and times each step.',
    prove: 'Prove it',
    steps: {
      accept: 'Accepted',
      answer: 'Answered with 200',
      process: 'Processed',
      telegram: 'Telegram reached',
      settle: 'Settled',
    },
    proved: (time: string) => `The whole path works: ${time}.`,
    notProved: (step: string) => `The path breaks at: ${step}.`,
  },

  audit: {
    title: 'Audit log',
    intro: 'What operators did, newest first; the last 200 entries.',
    empty: 'Nobody has done anything yet.',
    when: 'When',
    who: 'Who',
    what: 'What',
    target: 'On what',
    result: 'Result',
    token: 'admin token',
    actions: {
      restart: 'Restarted the bot',
      reset_errors: 'Reset the errors',
      sweep: 'Swept',
      pause: 'Paused',
      resume: 'Resumed',
      replay: 'Replayed',
      discard: 'Discarded',
      release: 'Released',
      prove: 'Proved the path',
      login: 'Logged in',
      logout: 'Logged out',
      login_refused: 'Was refused',
      ...accountEn.actions,
    },
  },

  failures: {
    unreachable: 'no answer came. Check the network and try again.',
    timeout: 'no answer yet. It may still be at work: look again before you repeat it.',
    bad_answer: 'the answer could not be read.',
    unauthorized: 'the session is over. Log in again.',
    cross_origin: 'the request came from another origin.',
    wrong_token: 'this is not the admin token.',
    too_many_attempts: 'too many attempts.',
    store_unavailable: 'the store cannot be reached.',
    configuration_faulty: 'the configuration is faulty.',
    bad_init_data: 'Telegram’s signature does not match this bot.',
    init_data_expired: 'the page was open for too long. Close it and open it again from the bot.',
    not_an_admin: 'your Telegram account is not in ADMIN_TELEGRAM_IDS.',
    restart_in_progress: 'another restart is still running.',
    partly_done: 'only a part is done. Do it again for the rest.',
    token_revoked: 'Telegram refuses the bot’s token.',
    telegram_unreachable: 'Telegram did not answer. The bot tries again by itself.',
    no_such_dead_letter: 'it is no longer there.',
    no_such_mailbox: 'the mailbox is no longer waiting.',
    internal_error: 'something went wrong on the server.',
    ...accountEn.failures,
  },
}

/** What a verdict may mention; already formatted. */
export interface Facts {
  variables: readonly string[]
  oldest: string
  webhookUrl: string | null
  telegramError: string | null
  telegramPending: number
  storeError: string | null
  isTelegramAway: boolean
}

/** What every language must have. */
export type Texts = typeof en
