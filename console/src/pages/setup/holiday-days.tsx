import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { now } from '../../clock.js'
import { useLocale } from '../../language/language.js'
import { Line, Part, Pick, TextLine } from './controls.js'
import { blockOf, holidaysOfIcs, listOf, nextDay, textOf, type Draft, type Fault } from './draft.js'
import { countries, publicHolidays } from './public-holidays.js'
import { useSetupTexts } from './words.js'

interface HolidayDaysProps {
  readonly days: unknown
  readonly faults: readonly Fault[]
  readonly change: (days: readonly Draft[]) => void
}

/** The largest calendar file, in bytes. Ten years of public holidays have some 50 KiB. */
const mostIcs = 1024 * 1024
/** The most days of a set, because a request can't hold more. */
const mostDays = 300

/** The holidays of a set: a list that can be edited, and an import from a calendar file. */
export function HolidayDays({ days, faults, change }: HolidayDaysProps): VNode {
  const setup = useSetupTexts()
  const list = listOf(days).map(blockOf)
  const [told, setTold] = useState<string>()
  const add = (): void => {
    const last = textOf(list.at(-1)?.['to']).slice(0, 10)
    const from = last === '' ? new Date(now()).toISOString().slice(0, 10) : last
    change([...list, { name: '', from, to: nextDay(from) }])
  }
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return
    if (file.size > mostIcs) {
      setTold(setup.icsTooLarge)
      return
    }
    join(holidaysOfIcs(await file.text()))
  }
  const join = (days: readonly Draft[]): void => {
    const known = new Set(list.map(({ from, name }) => `${textOf(from)} ${textOf(name)}`))
    const found = days.filter(({ from, name }) => !known.has(`${textOf(from)} ${textOf(name)}`))
    const taken = found.slice(0, Math.max(0, mostDays - list.length))
    setTold(setup.icsTaken(taken.length, found.length - taken.length))
    if (taken.length > 0) change([...list, ...taken].sort((a, b) => (textOf(a['from']) < textOf(b['from']) ? -1 : 1)))
  }
  return (
    <Part name={setup.holidayDays} hint={setup.holidayDaysHint} faults={faults}>
      <Rows list={list} change={change} />
      <div class="buttons">
        <button type="button" class="button" onClick={add}>
          {setup.addDay}
        </button>
      </div>
      <ByCountry add={join} />
      <Line name={setup.ics} hint={setup.icsHint}>
        {id => (
          <input id={id} type="file" accept=".ics,text/calendar" onChange={event => void take(event.currentTarget.files?.[0])} />
        )}
      </Line>
      <p role="status">{told}</p>
    </Part>
  )
}

/** Adds the public holidays of a country in a year to the list. */
function ByCountry({ add }: { readonly add: (days: readonly Draft[]) => void }): VNode {
  const setup = useSetupTexts()
  const locale = useLocale()
  const names = new Intl.DisplayNames(locale, { type: 'region' })
  const [country, setCountry] = useState(() => countries.find(code => locale.endsWith(`-${code}`)) ?? 'US')
  const [thisYear] = useState(() => new Date(now()).getFullYear())
  const [year, setYear] = useState(thisYear)
  const known = countries.map(code => [code, names.of(code) ?? code] as const).sort((a, b) => a[1].localeCompare(b[1], locale))
  return (
    <div class="form-country">
      <Pick name={setup.country} chosen={country} options={known} change={setCountry} />
      <Pick
        name={setup.year}
        chosen={String(year)}
        options={[0, 1, 2, 3].map(more => [String(thisYear + more), String(thisYear + more)])}
        change={text => setYear(Number(text))}
      />
      <button type="button" class="button" onClick={() => add(publicHolidays(country, year))}>
        {setup.addCountry}
      </button>
      <small class="hint">{setup.countryHint}</small>
    </div>
  )
}

interface RowsProps {
  readonly list: readonly Draft[]
  readonly change: (days: readonly Draft[]) => void
}

function Rows({ list, change }: RowsProps): VNode {
  const setup = useSetupTexts()
  const replace = (index: number, day: Draft): void => change(list.map((each, at) => (at === index ? day : each)))
  return (
    <ol class="form-holidays">
      {list.map((day, index) => (
        <li key={index}>
          <TextLine name={setup.holidayName} value={day['name']} change={name => replace(index, { ...day, name })} />
          <TextLine
            name={setup.holidayFrom}
            value={day['from']}
            placeholder="2027-01-01"
            change={from => replace(index, { ...day, from })}
          />
          <TextLine
            name={setup.holidayTo}
            value={day['to']}
            placeholder="2027-01-02"
            change={to => replace(index, { ...day, to })}
          />
          <button
            type="button"
            class="button"
            aria-label={setup.removeDay(textOf(day['name']))}
            onClick={() => change(list.filter((_, at) => at !== index))}
          >
            {setup.remove}
          </button>
        </li>
      ))}
    </ol>
  )
}
