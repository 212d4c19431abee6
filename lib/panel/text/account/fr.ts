/** Les mots sur les comptes pour tout le panneau, en français. */
import type { AccountTexts } from './en.ts'

export const accountFr: AccountTexts = {
  view: 'Compte',
  actions: {
    account_login: 'A commencé à connecter un compte',
    account_connected: 'A connecté un compte',
    account_failed: 'N’a pas pu connecter un compte',
    account_ended: 'A déconnecté un compte',
    account_revoked: 'A perdu un compte : Telegram a fermé la session',
  },
  failures: {
    account_off: 'l’API du compte est désactivée : TELEGRAM_API_ID n’est pas défini.',
    phone_invalid: 'Telegram ne connaît pas ce numéro.',
    phone_banned: 'Telegram a banni ce numéro.',
    no_such_account: 'il n’y a aucun compte Telegram avec ce numéro.',
    flood_wait: 'Telegram demande d’attendre.',
    code_invalid: 'ce n’est pas le code.',
    code_expired: 'le code n’est plus valable. Recommencez.',
    password_invalid: 'ce n’est pas le mot de passe.',
    use_qr: 'Telegram n’envoie pas de code pour cette connexion. Utilisez le code QR.',
    login_expired: 'cette connexion est terminée. Recommencez.',
    no_login: 'aucune connexion n’est en cours. Recommencez.',
    api_id_refused: 'Telegram refuse TELEGRAM_API_ID et TELEGRAM_API_HASH.',
    session_revoked: 'Telegram a mis fin à cette session. Reconnectez-vous.',
    account_deactivated: 'Telegram a désactivé ce compte.',
    no_such_chat: 'ce compte n’a pas cette discussion.',
    channel_not_shown: 'les messages des canaux ne sont pas montrés.',
    telegram_error: 'Telegram a répondu par une erreur.',
    telegram_timeout: 'Telegram n’a pas répondu à temps.',
    busy: 'un autre appel utilise ce compte. Réessayez.',
    not_connected: 'aucun compte n’est connecté.',
    login_in_progress: 'la connexion n’est pas terminée.',
    too_many: 'trop d’appels. Attendez un peu.',
    too_soon: 'le code vient d’être envoyé.',
  },
}
