import type { AuditMessages } from './en-audit.js'
import { inFrench } from './fr-server.js'
import { translator } from './phrases.js'

/** What the server says in the audit log. States, kinds of objects and names stay as they are in the config. */
const changeInFrench = translator([
  [/^logged in$/, 's’est connecté'],
  [/^logged out$/, 's’est déconnecté'],
  [/^logged in by OpenID Connect$/, 's’est connecté par OpenID Connect'],
  [/^set the presence of (\S*) to (.*)$/, 'a mis la présence de $1 à « $2 »'],
  [/^set the presence of (\S*)$/, 'a changé la présence de $1'],
  [/^took back the presence of (.*)$/, 'a retiré la présence de $1'],
  [/^signed (\S*) in to (.*)$/, 'a mis $1 en service dans $2'],
  [/^signed (\S*) out of (.*)$/, 'a retiré $1 du service dans $2'],
  [/^ended the wrap-up of (.*)$/, 'a terminé le post-appel de $1'],
  [/^ended the pause of (.*)$/, 'a terminé la pause de $1'],
  [/^declined the offer (\S*) of (.*)$/, 'a décliné l’offre $1 de $2'],
  [/^picked the call (\S+) for (.*)$/, 'a choisi l’appel $1 pour $2'],
  [/^picked the call for (.*)$/, 'a choisi l’appel pour $1'],
  [/^took back the transfer of (.*)$/, 'a repris le transfert de $1'],
  [/^called (\S+) for (\S*) before a transfer$/, 'a appelé $1 pour $2 avant un transfert'],
  [/^called for (\S*) before a transfer$/, 'a appelé pour $1 avant un transfert'],
  [/^completed the transfer of (.*)$/, 'a terminé le transfert de $1'],
  [/^took SIP credentials for a guest$/, 'a pris des identifiants SIP pour un invité'],
  [/^took SIP credentials for (.*)$/, 'a pris des identifiants SIP pour $1'],
  [/^set the recording of the call (\S*) to (.*)$/, 'a mis l’enregistrement de l’appel $1 à « $2 »'],
  [/^listened to the recording of the call (.*)$/, 'a écouté l’enregistrement de l’appel $1'],
  [/^downloaded the recording of the call (.*)$/, 'a téléchargé l’enregistrement de l’appel $1'],
  [/^deleted the recording of the call (.*)$/, 'a supprimé l’enregistrement de l’appel $1'],
  [/^told the node to leave its calls to another one$/, 'a dit au nœud de laisser ses appels à un autre'],
  [/^took a bundle of the call (.*) for a bug report$/, 'a pris un fichier d’anomalie de l’appel $1'],
  [/^sent a test to the webhook (.*)$/, 'a envoyé un essai au webhook $1'],
  [/^reloaded the config$/, 'a relu la configuration'],
  [/^edited the config: (.*)$/, 'a modifié la configuration : $1'],
  [/^kept a sound for a prompt$/, 'a gardé un son pour un message'],
  [/^removed a sound for prompts$/, 'a supprimé un son pour les messages'],
  [/^set the log level of (\S*) to (.*)$/, 'a mis le niveau du journal de « $1 » à « $2 »'],
  [/^set the log level of (\S*)$/, 'a changé le niveau du journal de « $1 »'],
])

/** The texts about the audit log. */
export const auditInFrench: AuditMessages = {
  title: 'Changements par personnes et programmes',
  hint: 'Qui a changé ou écouté quoi, par la console, l’API et les commandes. Les essais refusés y sont aussi.',
  at: 'Heure',
  who: 'Qui',
  whoHint: 'utilisateur ou jeton',
  what: 'Changement',
  thisMachine: 'cette machine',
  result: 'Résultat',
  done: 'fait',
  refused: 'refusé',
  none: 'Personne n’a rien changé pendant cette période.',
  kinds: {
    user: from => `depuis ${from}`,
    token: from => `jeton, depuis ${from}`,
    loopback: from => `sans connexion, depuis ${from}`,
  },
  said: changeInFrench,
  because: inFrench,
}
