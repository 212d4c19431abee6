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
  loading: 'Loading…',
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
    hint: 'The value of ADMIN_TOKEN. This page does not keep it.',
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
    busy: 'Checking your Telegram account…',
  },

  verdict: {
    title: 'Verdict',
    also: 'Also',
    healthy: ['All is well.', 'The bot receives updates, and none of them waits.'],
    givenUp: (n: number) => ['The bot works.', `${deadLetters(n)} to replay or discard.`],
    working: (n: number) => ['All is well.', `${updates(n)} pending.`],
    unreachable: ['This deployment does not answer.', 'Check your network and the deployment on Vercel.'],
    other: (reason: string) => [`Something is wrong: ${reason}.`, ''],
    token_revoked: () => [
      'Telegram refuses the bot’s token.',
      'Updates wait in the store. Get a valid token from BotFather, set TELEGRAM_BOT_TOKEN, deploy, and restart the bot.',
    ],
    bot_failed: ({ isTelegramAway }: Facts) =>
      isTelegramAway
        ? [
            'The bot has failed: Telegram does not answer it.',
            'Updates wait in the store. The bot retries by itself, with growing delays.',
          ]
        : [
            'The bot has failed: it could not be re-initialised.',
            'Updates wait in the store. The bot retries by itself; “Restart bot” retries now.',
          ],
    webhook_elsewhere: ({ webhookUrl }: Facts) => [
      'The webhook points elsewhere: the bot receives no updates.',
      `Its address: ${webhookUrl ?? 'none'}. “Restart bot” points it to this deployment.`,
    ],
    oldest_pending_too_old: ({ oldest }: Facts) => [
      `The oldest update has been waiting for ${oldest}.`,
      '“Sweep now” gives every waiting mailbox a worker.',
    ],
    sweep_overdue: () => [
      'The sweep is overdue: waiting mailboxes get no worker.',
      '“Sweep now” runs one sweep; “Setup” shows whether the cron runs.',
    ],
    bot_reinitializing: () => ['The bot is re-initialising.', 'This takes a few seconds.'],
    bot_not_initialized: () => [
      'The bot is not initialised yet.',
      'The first update or health check initialises it; “Restart bot” does it now.',
    ],
    processing_paused: () => [
      'Processing is paused.',
      'The bot accepts updates, and they wait. “Resume” starts processing again.',
    ],
    telegram_check_failed: ({ telegramError }: Facts) => [
      'The check of the webhook at Telegram failed.',
      telegramError ?? '',
    ],
    telegram_cannot_deliver: ({ telegramError, telegramPending }: Facts) => [
      `Telegram cannot deliver: it holds ${updates(telegramPending)}.`,
      telegramError ?? '',
    ],
    store_unreachable: ({ storeError }: Facts) => [
      'The store cannot be reached.',
      `The bot cannot accept updates; Telegram keeps them for 24 hours.${storeError ? ` The error: ${storeError}.` : ''} Check UPSTASH_REDIS_REST_URL, its token and the database.`,
    ],
    configuration_faulty: ({ variables }: Facts) => [
      'The configuration is faulty.',
      `Missing or wrong: ${variables.join(', ')}. Set them in the project’s environment and deploy again.`,
    ],
  },

  flow: {
    title: 'Updates',
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
      telegram: 'Telegram unreachable',
      token: 'token refused',
      paused: 'paused',
      throttled: 'Telegram throttles the bot',
    },
    closed: 'closed',
    until: (time: string) => `until ${time}`,
    lastSweep: 'Last swept',
    malformed: 'Malformed',
    telegram: 'Telegram’s view',
    webhook: 'Webhook',
    isOurs: 'Points here',
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
    notAnswering: 'unreachable',
  },
  chart: {
    title: 'The last 24 hours',
    perMinute: 'Updates per minute',
    failures: 'Failures',
    summary: (accepted: number, failed: number, dead: number) =>
      `${updates(accepted)} accepted, ${plural('en', { one: '# failure', other: '# failures' })(failed)}, ${deadLetters(dead)}.`,
  },
  latency: {
    title: 'Processing time',
    within: 'in the last hour',
    ack: 'Until the 200',
    endToEnd: 'Until settled',
    count: 'Samples',
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
    restartWhat: 'The bot starts a new epoch and sets its webhook and commands again. No update is lost.',
    restarted: (epoch: number) => `Restarted: the bot is in epoch ${epoch}.`,
    restartedPartly: (epoch: number, steps: string) =>
      `Restarted: the bot is in epoch ${epoch}. These steps failed: ${steps}.`,
    wasReset: (n: number) => `The error counter is at 0; before, it was at ${errors(n)}.`,
    swept: (n: number) => `Swept: ${mailboxes(n)} taken.`,
    noneDue: (n: number) => `No mailbox is due. Being processed or waiting for a retry: ${mailboxes(n)}.`,
    held: (why: string) => `No worker can take a mailbox: ${why}.`,
    pausedAlready: 'Processing was paused already.',
    resumed: 'Processing is resumed.',
    resumedAlready: 'Processing was not paused.',
    failed: (what: string, why: string) => `“${what}” failed: ${why}`,
  },

  dead: {
    title: 'Dead letters',
    intro: 'Updates that failed for good. They are kept whole until you replay or discard them.',
    empty: 'There are no dead letters.',
    total: deadLetters,
    dropped: (n: number) => `${updates(n)} dropped: the list was full.`,
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
      'Each update is processed again, after the updates that already wait in its chat. What its processing did before the failure, such as sending a message, may happen a second time.',
    discardWarning: 'They are deleted for good. Their senders get no answer.',
    didReplay: (n: number) => `${deadLetters(n)} replayed.`,
    didDiscard: (n: number) => `${deadLetters(n)} discarded.`,
    gone: 'Nothing to do: they are no longer in the list.',
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
      leased: 'being processed',
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
      'Its worker loses the lease, and another worker takes the first update at once. Messages that are already sent may be sent again.',
    released: (id: string) => `Mailbox ${id} is released.`,
    refresh: 'Refresh',
  },

  setup: {
    title: 'Setup check',
    intro: 'Checks everything that the bot needs. The values of variables are not shown.',
    variables: 'Environment variables',
    services: 'Services',
    again: 'Check again',
    states: { ok: 'in order', warning: 'check this', fault: 'wrong', unknown: 'unknown' },
    names: {
      webhook: 'Webhook',
      commands: 'Commands menu',
      eviction: 'Eviction policy',
      cron: 'Cron',
      public_url: 'Public address',
      admin_ids: 'Administrators',
      account: 'Account API',
    },
    values: {
      set: 'set',
      unset: 'not set',
      default: 'default',
      not_reached: 'not reached',
      preview: 'not used by a preview',
    },
    /** Null: the server's own sentences are in English. */
    remedies: null as Record<RemedyCode, string> | null,
    proveTitle: 'Self-test',
    proveIntro: 'Sends a test update through every step, as Telegram does, and measures each step.',
    prove: 'Run self-test',
    steps: {
      accept: 'Accepted',
      answer: 'Answered with 200',
      process: 'Processed',
      telegram: 'Telegram reached',
      settle: 'Settled',
    },
    proved: (time: string) => `Every step works: ${time}.`,
    notProved: (step: string) => `The self-test failed at: ${step}.`,
  },

  audit: {
    title: 'Audit log',
    intro: 'Actions of operators, newest first; the last 200 entries.',
    empty: 'There are no entries yet.',
    when: 'When',
    who: 'Who',
    what: 'What',
    target: 'Target',
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
      prove: 'Ran the self-test',
      login: 'Logged in',
      logout: 'Logged out',
      login_refused: 'Login refused',
      ...accountEn.actions,
    },
  },

  failures: {
    unreachable: 'the server does not answer. Check the network and try again.',
    timeout: 'the server has not answered yet. The work may still be running: check before you repeat it.',
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
    partly_done: 'only a part is done. Repeat it for the rest.',
    token_revoked: 'Telegram refuses the bot’s token.',
    telegram_unreachable: 'Telegram did not answer. The bot retries by itself.',
    no_such_dead_letter: 'it is no longer there.',
    no_such_mailbox: 'the mailbox is no longer waiting.',
    internal_error: 'the server had an internal error.',
    ...accountEn.failures,
  },
}

/** The facts that a verdict may contain, already formatted. */
export interface Facts {
  variables: readonly string[]
  oldest: string
  webhookUrl: string | null
  telegramError: string | null
  telegramPending: number
  storeError: string | null
  isTelegramAway: boolean
}

/** The texts that every language must have. */
export type Texts = typeof en
