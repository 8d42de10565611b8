/** The sentences that waiting callers hear. The last sentence of each list stands for all higher numbers. */
export interface Phrases {
  /** Sentences for places 1 to 20, then one for higher places. */
  readonly positions: readonly string[]
  /** Sentences for estimates of 1 to 30 minutes, then one for longer waits. */
  readonly waits: readonly string[]
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
}

const phrases: ReadonlyMap<string, Phrases> = new Map([
  ['en', english],
  ['fr', french],
])
