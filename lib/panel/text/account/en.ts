/** What all of the panel says of accounts, in English; the page's own words come with the page. */

export const accountEn = {
  view: 'Account',
  actions: {
    account_login: 'Began to connect an account',
    account_connected: 'Connected an account',
    account_failed: 'Failed to connect an account',
    account_ended: 'Logged an account out',
    account_revoked: 'Lost an account: Telegram ended the session',
  },
  failures: {
    account_off: 'the account API is switched off: TELEGRAM_API_ID is not set.',
    phone_invalid: 'this is not a phone number that Telegram knows.',
    phone_banned: 'Telegram has banned this phone number.',
    no_such_account: 'there is no Telegram account with this number.',
    flood_wait: 'Telegram asks to wait.',
    code_invalid: 'this is not the code.',
    code_expired: 'the code is not valid any more. Begin again.',
    password_invalid: 'this is not the password.',
    use_qr: 'Telegram sends no code for this login. Use the QR code.',
    login_expired: 'this login is over. Begin again.',
    no_login: 'no login is under way. Begin again.',
    api_id_refused: 'Telegram refuses TELEGRAM_API_ID and TELEGRAM_API_HASH.',
    session_revoked: 'Telegram has ended this session. Log in again.',
    account_deactivated: 'Telegram has deactivated this account.',
    no_such_chat: 'this account has no such chat.',
    channel_not_shown: 'messages of channels are not shown.',
    telegram_error: 'Telegram answered with an error.',
    telegram_timeout: 'Telegram did not answer in time.',
    busy: 'another call uses this account. Try again.',
    not_connected: 'no account is connected.',
    login_in_progress: 'the login is not finished.',
    too_many: 'too many calls. Wait a little.',
    too_soon: 'the code was sent a moment ago.',
  },
}

/** What every language must have. */
export type AccountTexts = typeof accountEn
