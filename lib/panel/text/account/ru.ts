/** Слова об аккаунтах для всей панели, по-русски. */
import type { AccountTexts } from './en.ts'

export const accountRu: AccountTexts = {
  view: 'Аккаунт',
  actions: {
    account_login: 'Начат вход в аккаунт',
    account_connected: 'Подключён аккаунт',
    account_failed: 'Вход в аккаунт не удался',
    account_ended: 'Отключён аккаунт',
    account_revoked: 'Аккаунт потерян: Telegram завершил сеанс',
  },
  failures: {
    account_off: 'API аккаунта выключен: TELEGRAM_API_ID не задан.',
    phone_invalid: 'Telegram не знает такого номера.',
    phone_banned: 'Telegram заблокировал этот номер.',
    no_such_account: 'аккаунта с этим номером нет.',
    flood_wait: 'Telegram просит подождать.',
    code_invalid: 'код неверный.',
    code_expired: 'код больше не действует. Начните снова.',
    password_invalid: 'пароль неверный.',
    use_qr: 'для этого входа Telegram не присылает код. Войдите по QR-коду.',
    login_expired: 'этот вход завершён. Начните снова.',
    no_login: 'вход не начат. Начните снова.',
    api_id_refused: 'Telegram не принимает TELEGRAM_API_ID и TELEGRAM_API_HASH.',
    session_revoked: 'Telegram завершил этот сеанс. Войдите снова.',
    account_deactivated: 'Telegram отключил этот аккаунт.',
    no_such_chat: 'у этого аккаунта нет такого чата.',
    channel_not_shown: 'сообщения каналов не показываются.',
    telegram_error: 'Telegram ответил ошибкой.',
    telegram_timeout: 'Telegram не ответил вовремя.',
    busy: 'аккаунт занят другим вызовом. Попробуйте ещё раз.',
    not_connected: 'аккаунт не подключён.',
    login_in_progress: 'вход не завершён.',
    too_many: 'слишком много вызовов. Подождите немного.',
    too_soon: 'код только что отправлен.',
  },
}
