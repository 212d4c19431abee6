import type { Texts } from './types.ts'

// \u00a0 is the space that French sets before high punctuation; it must not break a line.
export const fr: Texts = {
  languageName: 'Français',
  commands: {
    start: 'Dire bonjour',
    help: 'Ce que je sais faire',
    ping: 'Renvoyer vos mots, avec le temps de réponse',
    language: 'Choisir la langue que je parle',
    privacy: 'Ce que je garde, et combien de temps',
    deletemydata: 'Effacer ce que je garde sur vous',
  },
  start: (name) =>
    `${name === null ? 'Bonjour' : `Bonjour ${name}`}\u00a0! Je suis Evergram, le bot qui ne perd pas les messages.\n\n` +
    'Essayez /ping bonjour, ou voyez dans /help tout ce que je sais faire.',
  helpIntro: 'Voici ce que je sais faire\u00a0:',
  helpGroups: 'Dans les groupes, je réponds aux commandes et aux réponses à mes messages.',
  helpStatus: 'Comment je vais (visible des administrateurs seulement)',
  helpPanel: 'Mon panneau de contrôle (réservé aux administrateurs, lui aussi)',
  languagePrompt: 'Quelle langue voulez-vous que je parle\u00a0?',
  languageUnknown: 'Je ne parle pas encore cette langue. Choisissez-en une\u00a0:',
  languageSet: 'Entendu, parlons français.',
  privacy: [
    'Ce que je garde, et combien de temps\u00a0:',
    '',
    '• la langue choisie, jusqu’à ce que vous l’effaciez\u00a0;',
    '• le fait qu’une discussion m’a bloqué, pour ne pas écrire là où l’on ne veut pas de moi\u00a0;',
    '• le compte de vos messages récents, quelques minutes, pour éviter d’être submergé\u00a0;',
    '• votre message, seulement jusqu’à ma réponse. Si j’échoue, il est mis de côté jusqu’à ce que la personne ' +
      'qui s’occupe de moi le relance ou le supprime\u00a0;',
    '• les numéros que Telegram donne aux mises à jour, 48 heures, pour ne pas répondre deux fois.',
    '',
    'Mes journaux ne contiennent aucun texte de message. /deletemydata efface ce que je garde sur vous.',
  ].join('\n'),
  deletePrompt: 'Dois-je effacer ce que je garde sur vous\u00a0? C’est irréversible.',
  deleteYes: 'Oui, effacer',
  deleteNo: 'Non, garder',
  deleteDone: 'C’est fait. Ce que je gardais sur vous est effacé.',
  deleteKept: 'Entendu, rien n’a été effacé.',
  panelPrompt:
    'Voici mon panneau de contrôle. Telegram lui dit qui vous êtes, aucun jeton n’est donc nécessaire.',
  panelButton: 'Ouvrir le panneau',
  panelUnavailable:
    'Ici, le panneau ne peut pas s’ouvrir depuis Telegram\u00a0: PUBLIC_URL doit être une adresse https de ce déploiement.',
  notYourButton: 'Ce bouton est réservé à la personne qui a fait la demande.',
  plainText:
    'Merci, votre message m’est bien parvenu. Je ne sais pas encore bavarder\u00a0; /help montre ce que je sais faire.',
  unknownCommand: 'Je ne connais pas cette commande. Celles que je connais sont dans /help.',
  notText: 'Pour l’instant, je ne lis que le texte. /help montre ce que je sais faire.',
  tooFast:
    'C’était un peu trop rapide pour moi, alors j’ai sauté celui-ci. Attendez un instant et réessayez.',
  givenUp:
    'Désolé, je n’ai pas réussi à répondre à l’un de vos messages\u00a0; il est mis de côté, en sûreté, pour la personne qui s’occupe de moi.',
}
