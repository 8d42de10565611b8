import { nextDay, type Draft } from './draft.js'

/**
 * The public holidays that apply in a whole country. Rules of law change rarely, and regions have more days: the person checks the list
 * before it is saved (decision 103).
 */

/** A day of a year: a fixed date, days after Easter Sunday, or the nth weekday of a month (-1: the last one). */
type Rule =
  | { readonly name: string; readonly on: `${number}-${number}` }
  | { readonly name: string; readonly easter: number }
  | { readonly name: string; readonly nth: number; readonly weekday: number; readonly month: number }

const on = (date: `${number}-${number}`, name: string): Rule => ({ name, on: date })
const easter = (days: number, name: string): Rule => ({ name, easter: days })
/** `weekday`: 0 is Sunday. `month`: 1 is January. */
const nth = (count: number, weekday: number, month: number, name: string): Rule => ({ name, nth: count, weekday, month })

/** By the code of ISO 3166, with names in the language of the country. */
const rules: Readonly<Record<string, readonly Rule[]>> = {
  AT: [
    ...[on('01-01', 'Neujahr'), on('01-06', 'Heilige Drei Könige'), easter(1, 'Ostermontag'), on('05-01', 'Staatsfeiertag')],
    ...[easter(39, 'Christi Himmelfahrt'), easter(50, 'Pfingstmontag'), easter(60, 'Fronleichnam')],
    ...[on('08-15', 'Mariä Himmelfahrt'), on('10-26', 'Nationalfeiertag'), on('11-01', 'Allerheiligen')],
    ...[on('12-08', 'Mariä Empfängnis'), on('12-25', 'Christtag'), on('12-26', 'Stefanitag')],
  ],
  BE: [
    ...[on('01-01', 'Nouvel An / Nieuwjaar'), easter(1, 'Lundi de Pâques / Paasmaandag')],
    ...[on('05-01', 'Fête du Travail / Dag van de Arbeid'), easter(39, 'Ascension / O.L.H. Hemelvaart')],
    ...[easter(50, 'Lundi de Pentecôte / Pinkstermaandag'), on('07-21', 'Fête nationale / Nationale feestdag')],
    ...[on('08-15', 'Assomption / O.L.V. Hemelvaart'), on('11-01', 'Toussaint / Allerheiligen')],
    ...[on('11-11', 'Armistice / Wapenstilstand'), on('12-25', 'Noël / Kerstmis')],
  ],
  DE: [
    ...[on('01-01', 'Neujahr'), easter(-2, 'Karfreitag'), easter(1, 'Ostermontag'), on('05-01', 'Tag der Arbeit')],
    ...[easter(39, 'Christi Himmelfahrt'), easter(50, 'Pfingstmontag'), on('10-03', 'Tag der Deutschen Einheit')],
    ...[on('12-25', '1. Weihnachtstag'), on('12-26', '2. Weihnachtstag')],
  ],
  DK: [
    ...[
      on('01-01', 'Nytårsdag'),
      easter(-3, 'Skærtorsdag'),
      easter(-2, 'Langfredag'),
      easter(0, 'Påskedag'),
      easter(49, 'Pinsedag'),
      easter(1, '2. påskedag'),
    ],
    ...[easter(39, 'Kristi himmelfartsdag'), easter(50, '2. pinsedag'), on('12-25', 'Juledag'), on('12-26', '2. juledag')],
  ],
  ES: [
    ...[on('01-01', 'Año Nuevo'), on('01-06', 'Epifanía'), easter(-2, 'Viernes Santo'), on('05-01', 'Día del Trabajador')],
    ...[on('08-15', 'Asunción'), on('10-12', 'Fiesta Nacional'), on('11-01', 'Todos los Santos')],
    ...[on('12-06', 'Día de la Constitución'), on('12-08', 'Inmaculada Concepción'), on('12-25', 'Navidad')],
  ],
  FR: [
    ...[
      on('01-01', 'Jour de l’an'),
      easter(1, 'Lundi de Pâques'),
      on('05-01', 'Fête du Travail'),
      on('05-08', 'Victoire de 1945'),
    ],
    ...[easter(39, 'Ascension'), easter(50, 'Lundi de Pentecôte'), on('07-14', 'Fête nationale'), on('08-15', 'Assomption')],
    ...[on('11-01', 'Toussaint'), on('11-11', 'Armistice de 1918'), on('12-25', 'Noël')],
  ],
  IT: [
    ...[
      on('01-01', 'Capodanno'),
      on('01-06', 'Epifania'),
      easter(0, 'Pasqua'),
      easter(1, 'Lunedì dell’Angelo'),
      on('04-25', 'Liberazione'),
    ],
    ...[
      on('05-01', 'Festa del Lavoro'),
      on('06-02', 'Festa della Repubblica'),
      on('08-15', 'Assunzione'),
      on('10-04', 'San Francesco'),
    ],
    ...[on('11-01', 'Ognissanti'), on('12-08', 'Immacolata Concezione'), on('12-25', 'Natale'), on('12-26', 'Santo Stefano')],
  ],
  LU: [
    ...[
      on('01-01', 'Nouvel An'),
      easter(1, 'Lundi de Pâques'),
      on('05-01', 'Fête du Travail'),
      on('05-09', 'Journée de l’Europe'),
    ],
    ...[easter(39, 'Ascension'), easter(50, 'Lundi de Pentecôte'), on('06-23', 'Fête nationale'), on('08-15', 'Assomption')],
    ...[on('11-01', 'Toussaint'), on('12-25', 'Noël'), on('12-26', 'Saint-Étienne')],
  ],
  PL: [
    ...[
      on('01-01', 'Nowy Rok'),
      on('01-06', 'Trzech Króli'),
      easter(0, 'Wielkanoc'),
      easter(49, 'Zielone Świątki'),
      easter(1, 'Poniedziałek Wielkanocny'),
      on('05-01', 'Święto Pracy'),
    ],
    ...[on('05-03', 'Święto Konstytucji'), easter(60, 'Boże Ciało'), on('08-15', 'Wniebowzięcie NMP')],
    ...[on('11-01', 'Wszystkich Świętych'), on('11-11', 'Święto Niepodległości'), on('12-24', 'Wigilia')],
    ...[on('12-25', 'Boże Narodzenie'), on('12-26', 'Drugi dzień świąt')],
  ],
  PT: [
    ...[
      on('01-01', 'Ano Novo'),
      easter(-2, 'Sexta-feira Santa'),
      easter(0, 'Páscoa'),
      on('04-25', 'Dia da Liberdade'),
      on('05-01', 'Dia do Trabalhador'),
    ],
    ...[
      easter(60, 'Corpo de Deus'),
      on('06-10', 'Dia de Portugal'),
      on('08-15', 'Assunção'),
      on('10-05', 'Implantação da República'),
    ],
    ...[on('11-01', 'Todos os Santos'), on('12-01', 'Restauração'), on('12-08', 'Imaculada Conceição'), on('12-25', 'Natal')],
  ],
  US: [
    ...[on('01-01', 'New Year’s Day'), nth(3, 1, 1, 'Martin Luther King Jr. Day'), nth(3, 1, 2, 'Washington’s Birthday')],
    ...[nth(-1, 1, 5, 'Memorial Day'), on('06-19', 'Juneteenth'), on('07-04', 'Independence Day'), nth(1, 1, 9, 'Labor Day')],
    ...[
      nth(2, 1, 10, 'Columbus Day'),
      on('11-11', 'Veterans Day'),
      nth(4, 4, 11, 'Thanksgiving Day'),
      on('12-25', 'Christmas Day'),
    ],
  ],
}

export const countries: readonly string[] = Object.keys(rules)

/** The holidays of a country in a year, in their order, as the config has them. */
export function publicHolidays(country: string, year: number): readonly Draft[] {
  const days = (rules[country] ?? []).map(rule => ({ name: rule.name, from: dateOf(rule, year) }))
  return days.sort((a, b) => (a.from < b.from ? -1 : 1)).map(({ name, from }) => ({ name, from, to: nextDay(from) }))
}

function dateOf(rule: Rule, year: number): string {
  if ('on' in rule) return `${year}-${rule.on}`
  if ('easter' in rule) return isoDate(easterSunday(year) + rule.easter * day)
  const { nth: count, weekday, month } = rule
  // The last one is the first one of the next month, less a week.
  const first = Date.UTC(year, count < 0 ? month : month - 1, 1)
  const ahead = (weekday - new Date(first).getUTCDay() + 7) % 7
  return isoDate(first + (ahead + 7 * (count < 0 ? count : count - 1)) * day)
}

const day = 86_400_000
const isoDate = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** The Gregorian Easter, by the method of Meeus, Jones and Butcher, in ms since 1970. */
function easterSunday(year: number): number {
  const a = year % 19
  const [b, c] = [Math.floor(year / 100), year % 100]
  const [d, e] = [Math.floor(b / 4), b % 4]
  const g = Math.floor((8 * b + 13) / 25)
  const h = (19 * a + b - d - g + 15) % 30
  const [i, k] = [Math.floor(c / 4), c % 4]
  const l = (32 + 2 * e + 2 * i - h - k) % 7
  const m = Math.floor((a + 11 * h + 19 * l) / 433)
  const month = Math.floor((h + l - 7 * m + 90) / 25)
  const date = (h + l - 7 * m + 33 * month + 19) % 32
  return Date.UTC(year, month - 1, date)
}
