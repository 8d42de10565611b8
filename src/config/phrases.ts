/** The sentences of our own. Of the lists for waiting callers, the last sentence stands for all higher numbers. */
export interface Phrases {
  /** Sentences for places 1 to 20, then one for higher places. */
  readonly positions: readonly string[]
  /** Sentences for estimates of 1 to 30 minutes, then one for longer waits. */
  readonly waits: readonly string[]
  /** What agents hear who dial a sign-in code. `group`: the group's name. Absent: all groups of the agent. */
  readonly signedIn: (group?: string) => string
  readonly signedOut: (group?: string) => string
}

/** The phrases of a language by its BCP 47 tag: `fr-CA` gives French. Undefined: there are none. */
export function phrasesIn(language: string): Phrases | undefined {
  return phrases.get(language.split('-', 1)[0] ?? '')
}

/** The languages that have phrases. */
export const phraseLanguages = (): readonly string[] => [...phrases.keys()]

const englishPlaces = [
  ...['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'],
  ...['eleventh', 'twelfth', 'thirteenth', 'fourteenth', 'fifteenth', 'sixteenth', 'seventeenth', 'eighteenth', 'nineteenth'],
  'twentieth',
]
const englishNumbers = [
  ...['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen'],
  ...['fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen', 'twenty', 'twenty-one', 'twenty-two', 'twenty-three'],
  ...['twenty-four', 'twenty-five', 'twenty-six', 'twenty-seven', 'twenty-eight', 'twenty-nine', 'thirty'],
]
const frenchPlaces = [
  ...['première', 'deuxième', 'troisième', 'quatrième', 'cinquième', 'sixième', 'septième', 'huitième', 'neuvième', 'dixième'],
  ...['onzième', 'douzième', 'treizième', 'quatorzième', 'quinzième', 'seizième', 'dix-septième', 'dix-huitième'],
  ...['dix-neuvième', 'vingtième'],
]
const frenchNumbers = [
  ...['deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf', 'dix', 'onze', 'douze', 'treize', 'quatorze', 'quinze'],
  ...['seize', 'dix-sept', 'dix-huit', 'dix-neuf', 'vingt', 'vingt et une', 'vingt-deux', 'vingt-trois', 'vingt-quatre'],
  ...['vingt-cinq', 'vingt-six', 'vingt-sept', 'vingt-huit', 'vingt-neuf', 'trente'],
]

const english: Phrases = {
  positions: [
    ...englishPlaces.map(place => `You are ${place} in line.`),
    'You are in line, with twenty callers or more ahead of you.',
  ],
  waits: [
    'Your estimated wait is about one minute.',
    ...englishNumbers.map(number => `Your estimated wait is about ${number} minutes.`),
    'Your estimated wait is more than thirty minutes.',
  ],
  signedIn: (group = 'all your groups') => `You are signed in to ${group}.`,
  signedOut: (group = 'all your groups') => `You are signed out of ${group}.`,
}

const french: Phrases = {
  positions: [
    ...frenchPlaces.map(place => `Vous êtes en ${place} position dans la file d'attente.`),
    "Vous êtes dans la file d'attente, avec vingt appels ou plus devant vous.",
  ],
  waits: [
    "Votre temps d'attente est estimé à une minute environ.",
    ...frenchNumbers.map(number => `Votre temps d'attente est estimé à ${number} minutes environ.`),
    "Votre temps d'attente est estimé à plus de trente minutes.",
  ],
  signedIn: group => (group === undefined ? 'Vous êtes connecté à tous vos groupes.' : `Vous êtes connecté au groupe ${group}.`),
  signedOut: group =>
    group === undefined ? 'Vous êtes déconnecté de tous vos groupes.' : `Vous êtes déconnecté du groupe ${group}.`,
}

const germanPlaces = [
  ...['erster', 'zweiter', 'dritter', 'vierter', 'fünfter', 'sechster', 'siebter', 'achter', 'neunter', 'zehnter', 'elfter'],
  ...['zwölfter', 'dreizehnter', 'vierzehnter', 'fünfzehnter', 'sechzehnter', 'siebzehnter', 'achtzehnter', 'neunzehnter'],
  'zwanzigster',
]

/** Numbers as digits. A voice reads them in the form of its country, such as `16` in Portugal and in Brazil. */
const upTo = (last: number, from = 1): readonly number[] => Array.from({ length: last - from + 1 }, (_, index) => from + index)

const german: Phrases = {
  positions: [
    ...germanPlaces.map(place => `Sie sind an ${place} Stelle in der Warteschlange.`),
    'Sie sind in der Warteschlange. Vor Ihnen warten zwanzig oder mehr Anrufer.',
  ],
  waits: [
    'Ihre Wartezeit beträgt voraussichtlich etwa eine Minute.',
    ...upTo(30, 2).map(number => `Ihre Wartezeit beträgt voraussichtlich etwa ${number} Minuten.`),
    'Ihre Wartezeit beträgt voraussichtlich mehr als 30 Minuten.',
  ],
  signedIn: group =>
    group === undefined ? 'Sie sind in allen Ihren Gruppen angemeldet.' : `Sie sind in der Gruppe ${group} angemeldet.`,
  signedOut: group =>
    group === undefined ? 'Sie sind in allen Ihren Gruppen abgemeldet.' : `Sie sind in der Gruppe ${group} abgemeldet.`,
}

const spanish: Phrases = {
  positions: [
    ...upTo(20).map(place => `Está en el puesto número ${place} de la cola.`),
    'Está en la cola, con 20 llamadas o más por delante.',
  ],
  waits: [
    'El tiempo de espera estimado es de aproximadamente un minuto.',
    ...upTo(30, 2).map(number => `El tiempo de espera estimado es de aproximadamente ${number} minutos.`),
    'El tiempo de espera estimado es de más de 30 minutos.',
  ],
  signedIn: group =>
    group === undefined ? 'Ha iniciado sesión en todos sus grupos.' : `Ha iniciado sesión en el grupo ${group}.`,
  signedOut: group =>
    group === undefined ? 'Ha cerrado sesión en todos sus grupos.' : `Ha cerrado sesión en el grupo ${group}.`,
}

const italian: Phrases = {
  positions: [
    ...upTo(20).map(place => `Lei è in coda al posto numero ${place}.`),
    'Lei è in coda, con 20 o più chiamate davanti.',
  ],
  waits: [
    'Il tempo di attesa stimato è di circa un minuto.',
    ...upTo(30, 2).map(number => `Il tempo di attesa stimato è di circa ${number} minuti.`),
    'Il tempo di attesa stimato è di oltre 30 minuti.',
  ],
  signedIn: group =>
    group === undefined ? 'Ha effettuato l’accesso a tutti i Suoi gruppi.' : `Ha effettuato l’accesso al gruppo ${group}.`,
  signedOut: group => (group === undefined ? 'È uscito da tutti i Suoi gruppi.' : `È uscito dal gruppo ${group}.`),
}

const dutch: Phrases = {
  positions: [
    ...upTo(20).map(place => `U bent nummer ${place} in de wachtrij.`),
    'U staat in de wachtrij. Er wachten 20 of meer bellers voor u.',
  ],
  waits: [
    'De geschatte wachttijd is ongeveer één minuut.',
    ...upTo(30, 2).map(number => `De geschatte wachttijd is ongeveer ${number} minuten.`),
    'De geschatte wachttijd is meer dan 30 minuten.',
  ],
  signedIn: group => (group === undefined ? 'U bent aangemeld bij al uw groepen.' : `U bent aangemeld bij de groep ${group}.`),
  signedOut: group => (group === undefined ? 'U bent afgemeld bij al uw groepen.' : `U bent afgemeld bij de groep ${group}.`),
}

const portuguese: Phrases = {
  positions: [
    ...upTo(20).map(place => `Está no lugar número ${place} da fila.`),
    'Está na fila, com 20 ou mais chamadas à sua frente.',
  ],
  waits: [
    'O tempo de espera estimado é de cerca de um minuto.',
    ...upTo(30, 2).map(number => `O tempo de espera estimado é de cerca de ${number} minutos.`),
    'O tempo de espera estimado é de mais de 30 minutos.',
  ],
  signedIn: group => (group === undefined ? 'Iniciou sessão em todos os seus grupos.' : `Iniciou sessão no grupo ${group}.`),
  signedOut: group => (group === undefined ? 'Terminou sessão em todos os seus grupos.' : `Terminou sessão no grupo ${group}.`),
}

const phrases: ReadonlyMap<string, Phrases> = new Map([
  ['en', english],
  ['fr', french],
  ['de', german],
  ['es', spanish],
  ['it', italian],
  ['nl', dutch],
  ['pt', portuguese],
])
