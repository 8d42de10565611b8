import type { VNode } from 'preact'
import { Action, Check, Part, TextLine } from './controls.js'
import { allDays, blockOf, faultsOf, hoursOf, listOf, textOf, weekOf, withField, type Draft, type Week } from './draft.js'
import type { PartProps as Parts } from './form-props.js'
import { Message } from './message.js'
import { useSetupTexts } from './words.js'

type PartProps = Parts & { readonly queues: readonly string[] }

const usual = { 'mon-fri': ['09:00-17:00'] }

/** When a workflow is open, and what callers hear when it is closed. */
export function Hours({ draft, faults, change, queues }: PartProps): VNode {
  const setup = useSetupTexts()
  const week = weekOf(draft['hours'])
  const write = (hours: unknown): void => change(withField(draft, 'hours', hours))
  const shared = draft['hours']
  if (typeof shared === 'string')
    return (
      <Part name={setup.hours} hint={setup.sharedHours(shared)} faults={faultsOf(faults, 'closed')}>
        <Farewell field="closed" said={setup.closedSaid} draft={draft} queues={queues} change={change} />
      </Part>
    )
  return (
    <Part
      name={setup.hours}
      hint={setup.hoursHint}
      faults={[...faultsOf(faults, 'hours'), ...faultsOf(faults, 'closed'), ...faultsOf(faults, 'timeZone')]}
    >
      <Check name={setup.alwaysOpen} on={week === undefined} change={on => write(on ? undefined : usual)} />
      {week && (
        <>
          <ul class="form-week">
            {allDays.map(day => (
              <DayHours
                key={day}
                name={setup.days[day]}
                times={week[day]}
                change={times => write(hoursOf({ ...week, [day]: times }))}
              />
            ))}
          </ul>
          <div class="buttons">
            <button type="button" class="button" onClick={() => write(hoursOf(asMonday(week)))}>
              {setup.asMonday}
            </button>
          </div>
          <TextLine
            name={setup.timeZone}
            value={draft['timeZone']}
            placeholder="Europe/Paris"
            change={text => change(withField(draft, 'timeZone', text))}
          />
          <Farewell field="closed" said={setup.closedSaid} draft={draft} queues={queues} change={change} />
        </>
      )}
    </Part>
  )
}

/** The week with Monday's hours from Monday to Friday. */
const asMonday = (week: Week): Week => ({ ...week, tue: week.mon, wed: week.mon, thu: week.mon, fri: week.mon })

interface DayHoursProps {
  readonly name: string
  /** Such as `09:00-12:30, 13:30-18:00`. */
  readonly times: string
  readonly change: (times: string) => void
}

/** The opening times of one day, with buttons that add and remove them. */
function DayHours({ name, times, change }: DayHoursProps): VNode {
  const setup = useSetupTexts()
  const ranges = times.split(',').flatMap(range => (range.trim() === '' ? [] : [range.trim()]))
  const write = (next: readonly string[]): void => change(next.join(', '))
  const replace = (index: number, range: string): void => write(ranges.map((each, at) => (at === index ? range : each)))
  return (
    <li>
      <span class="form-day">{name}</span>
      <div class="form-ranges">
        {ranges.length === 0 && <span class="hint">{setup.closedDay}</span>}
        {ranges.map((range, index) => {
          const [from = '', to = ''] = range.split('-', 2)
          return (
            <span class="form-range" key={index}>
              <TimeField name={setup.opens(name)} value={from} change={text => replace(index, `${text}-${to}`)} />
              –
              <TimeField name={setup.closes(name)} value={to} change={text => replace(index, `${from}-${text}`)} />
              <button
                type="button"
                class="button"
                aria-label={setup.removeTime(name, range)}
                onClick={() => write(ranges.filter((_, at) => at !== index))}
              >
                {setup.remove}
              </button>
            </span>
          )
        })}
        <button
          type="button"
          class="button"
          aria-label={setup.addTimeOn(name)}
          onClick={() => write([...ranges, ranges.length === 0 ? '09:00-17:00' : '18:00-20:00'])}
        >
          {setup.addTime}
        </button>
      </div>
    </li>
  )
}

interface TimeFieldProps {
  readonly name: string
  readonly value: string
  readonly change: (text: string) => void
}

/** A text field, because a browser's time field has no `24:00`. Dashes are removed, because a dash divides the two times of a range. */
const TimeField = ({ name, value, change }: TimeFieldProps): VNode => (
  <input
    class="form-time"
    aria-label={name}
    value={value}
    maxLength={5}
    placeholder="09:00"
    onInput={event => change(event.currentTarget.value.replaceAll(/[^\d:]/g, ''))}
  />
)

/** The sets of holidays of a workflow, and what callers hear then. */
export function Holidays({ draft, faults, change, queues, sets }: PartProps & { readonly sets: readonly string[] }): VNode {
  const setup = useSetupTexts()
  const chosen = listOf(draft['holidays']).map(textOf)
  const known = [...new Set([...sets, ...chosen])]
  const choose = (name: string, on: boolean): void => {
    const next = on ? [...chosen, name] : chosen.filter(each => each !== name)
    change(withField(draft, 'holidays', next.length === 0 ? undefined : next))
  }
  return (
    <Part name={setup.holidays} faults={[...faultsOf(faults, 'holidays'), ...faultsOf(faults, 'holiday')]}>
      {known.length === 0 && <p class="hint">{setup.noSets}</p>}
      {known.map(name => (
        <Check key={name} name={name} on={chosen.includes(name)} change={on => choose(name, on)} />
      ))}
      {chosen.length > 0 && <Farewell field="holiday" said={setup.holidaySaid} draft={draft} queues={queues} change={change} />}
    </Part>
  )
}

interface FarewellProps {
  readonly field: 'closed' | 'holiday'
  readonly said: string
  readonly draft: Draft
  readonly queues: readonly string[]
  readonly change: (draft: Draft) => void
}

/** What a caller hears outside opening hours or on a holiday, and where the call goes. */
function Farewell({ field, said, draft, queues, change }: FarewellProps): VNode {
  const setup = useSetupTexts()
  const farewell = blockOf(draft[field])
  const { prompt, action = { disconnect: true } } = farewell
  const write = (next: Draft): void => change(withField(draft, field, next))
  return (
    <>
      <Message name={said} value={prompt} change={words => write({ ...(words !== undefined && { prompt: words }), action })} />
      <Action
        name={setup.thenWhat}
        value={action}
        queues={queues}
        change={then => write({ ...(prompt !== undefined && { prompt }), action: then })}
      />
    </>
  )
}
