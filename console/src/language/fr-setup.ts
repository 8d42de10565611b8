import type { CallSum } from '../pages/setup/draft.js'
import type { setupInEnglish } from './en-setup.js'
import { inFrench } from './fr-server.js'

const callersOf = (count: number): string => (count === 1 ? '1 appelant' : `${count} appelants`)

/** The texts of the forms that edit the config, in French. */
export const setupInFrench: typeof setupInEnglish = {
  nothing: 'Il n’y a rien que vous puissiez modifier.',
  kinds: { workflow: 'Parcours', queue: 'Files', group: 'Groupes', holidays: 'Jours fériés', agent: 'Agents' },
  kindOf: { workflow: 'Parcours', queue: 'File', group: 'Groupe', holidays: 'Jours fériés', agent: 'Agent' },
  kindHints: {
    workflow: 'Messages, horaires, jours fériés et musique de chaque numéro.',
    queue: 'Combien de temps et combien d’appelants attendent, et ce qui arrive ensuite.',
    group: 'Qui répond, et dans quel ordre les téléphones sonnent.',
    holidays: 'Les jours où personne ne travaille. Plusieurs parcours peuvent s’en servir.',
    agent: 'Noms et téléphones.',
  },
  back: 'Tous les réglages',
  gone: 'Il n’est plus dans les fichiers de configuration.',
  inFile: 'Enregistré dans',
  hidden: fields => `Non montrés, car secrets ou venant de l’environnement : ${fields}.`,
  fault: message => inFrench(message),
  displayName: 'Nom montré aux agents',
  displayNameHint: 'Vide : le nom du parcours.',
  description: 'Description',
  active: 'Appels',
  takesCalls: 'Prend les appels',
  messages: 'Messages',
  welcome: 'Accueil',
  messageHint: 'Ces mots sont prononcés. Vide : rien n’est dit.',
  soundFile: file => `Le fichier son ${file} est joué. Ces mots sont prononcés s’il ne peut l’être.`,
  hours: 'Horaires d’ouverture',
  hoursHint: 'Des heures comme 09:00-12:30, 13:30-18:00. Laissez vide un jour de fermeture.',
  alwaysOpen: 'Toujours ouvert',
  days: { mon: 'Lundi', tue: 'Mardi', wed: 'Mercredi', thu: 'Jeudi', fri: 'Vendredi', sat: 'Samedi', sun: 'Dimanche' },
  closedDay: 'fermé',
  timeZone: 'Fuseau horaire',
  closedSaid: 'Message en cas de fermeture',
  holidays: 'Jours fériés',
  noSets: 'Il n’y a pas encore de jours fériés.',
  holidaySaid: 'Message des jours fériés',
  thenWhat: 'Ensuite',
  actions: {
    disconnect: 'raccrocher',
    queue: 'attendre dans une autre file',
    voicemail: 'aller à la messagerie',
    number: 'appeler un numéro de téléphone',
    uri: 'appeler une adresse SIP',
  },
  queue: 'File',
  targets: { voicemail: 'Adresse de la messagerie', number: 'Numéro de téléphone', uri: 'Adresse SIP' },
  examples: { voicemail: 'sip:messagerie@example.com', number: '+33123456789', uri: 'sip:accueil@example.com' },
  music: 'Musique d’attente',
  musicHint: 'Sans mots ni fichier son, les appelants entendent la musique du serveur.',
  musicWords: 'Des mots au lieu de la musique',
  timeout: 'Attente la plus longue',
  hasTimeout: 'Les appelants n’attendent qu’un certain temps',
  after: 'Attente la plus longue',
  durationHint: 'Comme 90s ou 5m, au moins 10s.',
  overflow: 'Trop d’appelants',
  hasOverflow: 'Seuls quelques appelants peuvent attendre',
  waitingCalls: 'Appelants qui peuvent attendre',
  candidate: 'Qui n’attend plus',
  newest: 'celui qui arrive',
  oldest: 'celui qui attend depuis le plus longtemps',
  before: 'Message avant',
  agents: 'Agents',
  agentsHint: 'L’ordre compte pour les méthodes à tour de rôle et en série.',
  addAgent: 'Ajouter un agent',
  choose: 'Choisir…',
  up: name => `Monter ${name}`,
  remove: 'Retirer',
  removeAgent: name => `Retirer ${name}`,
  method: 'Méthode de routage',
  methodHint: 'L’ordre dans lequel les téléphones sonnent.',
  policy: 'Participation',
  alertTime: 'Durée de sonnerie',
  alertTimeHint: 'Combien de temps un téléphone sonne avant le tour de l’agent suivant, de 10s à 3m.',
  wrapUp: 'Temps de post-appel',
  wrapUpHint: 'Une pause après chaque appel, comme 10s.',
  agentName: 'Nom',
  contact: 'Adresse du téléphone',
  contactHint: 'Seulement pour un téléphone qui ne s’enregistre pas ici.',
  holidayDays: 'Jours',
  holidayDaysHint: 'Des dates, ou des dates avec une heure comme 2027-12-24T13:00. La fin est le premier jour de travail.',
  holidayName: 'Nom',
  holidayFrom: 'Du',
  holidayTo: 'Reprise le',
  addDay: 'Ajouter un jour férié',
  removeDay: name => `Retirer ${name}`,
  ics: 'Importer un calendrier',
  icsHint: 'Un fichier .ics. Ses événements s’ajoutent à la liste. Rien n’est encore enregistré.',
  icsTooLarge: 'Ce fichier est trop grand.',
  icsTaken: (taken, left) =>
    left === 0
      ? `${taken} jours fériés ont été ajoutés à la liste.`
      : `${taken} jours fériés ont été ajoutés à la liste. Pas de place pour ${left}.`,
  look: 'Voir ce qui change',
  reset: 'Abandonner les modifications',
  plan: 'Ce qui change',
  noChange: 'Rien ne change pour les appels.',
  nobodyWaits: 'Aucun appelant n’attend en ce moment.',
  callers: ({ effect, queue, to, calls, stopsRinging }: CallSum): string => {
    const who = callersOf(calls)
    const isOne = calls === 1
    const rings =
      stopsRinging === 0 ? '' : ` ${stopsRinging === 1 ? '1 téléphone cesse' : `${stopsRinging} téléphones cessent`} de sonner.`
    switch (effect) {
      case 'keepsPlace':
        return `${who} dans ${queue} : ${isOne ? 'il garde sa place' : 'ils gardent leur place'}.${rings}`
      case 'moves':
        return `${who} dans ${queue} : ${isOne ? 'il passe' : 'ils passent'} dans ${to ?? ''}.${rings}`
      case 'forwarded':
        return `${who} dans ${queue} : ${isOne ? 'il est envoyé' : 'ils sont envoyés'} vers ${to ?? ''}.`
      case 'ended':
        return `${who} dans ${queue} : ${isOne ? 'l’appel prend' : 'les appels prennent'} fin.`
    }
  },
  apply: 'Appliquer',
  goOn: 'Continuer à modifier',
  saved: 'Enregistré, et en vigueur.',
  notDone: 'Rien n’a été enregistré. Corrigez ce qui est marqué.',
  others: 'Quelqu’un d’autre a modifié ceci entre-temps :',
  theirs: 'maintenant',
  yours: 'chez vous',
  none: 'rien',
  takeTheirs: 'Prendre les valeurs actuelles',
  history: 'Dernières modifications',
  noHistory: 'Rien n’a encore été modifié ici.',
  undid: '(annulation)',
  undo: 'Annuler',
  undoOf: when => `Annuler la modification du ${when}`,
  undoSure: 'Cette modification est retirée. Celles d’autres réglages restent.',
  undoNot: 'Impossible d’annuler : la configuration aurait des fautes.',
  undoNow: 'Annuler maintenant',
  cancel: 'Ne pas annuler',
}
