import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { now } from '../../clock.js'
import { Line, Part, TextLine } from './controls.js'
import { blockOf, holidaysOfIcs, listOf, nextDay, textOf, type Draft, type Fault } from './draft.js'
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
    const known = new Set(list.map(({ from, name }) => `${textOf(from)} ${textOf(name)}`))
    const found = holidaysOfIcs(await file.text()).filter(({ from, name }) => !known.has(`${from} ${name}`))
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
      <Line name={setup.ics} hint={setup.icsHint}>
        {id => (
          <input id={id} type="file" accept=".ics,text/calendar" onChange={event => void take(event.currentTarget.files?.[0])} />
        )}
      </Line>
      <p role="status">{told}</p>
    </Part>
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
