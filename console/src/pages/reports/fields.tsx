import type { VNode } from 'preact'
import type { CallEnd, Config } from '../../api/documents.js'
import { userOf } from '../../format.js'
import { useMessages } from '../../language/language.js'
import { configRead, world } from '../../live/live.js'
import { useStore } from '../../store.js'
import { useReading } from '../../ui/reading.js'
import { bys, comparisons, intervals, type AskedReport } from './asked.js'

interface FieldsProps {
  readonly asked: AskedReport
  readonly choose: (chosen: Partial<AskedReport>) => void
}

/** The form of the report: what its rows are, the period, filters, and another period to compare with. */
export function ReportFields({ asked, choose }: FieldsProps): VNode {
  const { groups, calls, reports: words } = useMessages()
  return (
    <div class="search no-print">
      <Choice
        name={groups.reportBy}
        value={asked.by}
        options={bys.map(name => [name, groups.by[name]])}
        choose={by => choose({ by })}
      />
      <Choice
        name={words.interval}
        value={asked.interval}
        options={intervals.map(name => [name, words.intervals[name]])}
        choose={interval => choose({ interval })}
      />
      <DayField name={calls.from} value={asked.from} limits={{ max: asked.to }} choose={from => choose({ from })} />
      <DayField name={calls.to} value={asked.to} limits={{ min: asked.from }} choose={to => choose({ to })} />
      <Filters asked={asked} choose={choose} />
      {asked.interval === 'all' && (
        <Choice
          name={words.compare}
          value={asked.compare}
          options={comparisons.map(name => [name, words.compared[name]])}
          choose={compare => choose({ compare })}
        />
      )}
      {asked.compare === 'day' && (
        <DayField name={words.comparedFrom} value={asked.compareFrom} choose={compareFrom => choose({ compareFrom })} />
      )}
    </div>
  )
}

function Filters({ asked, choose }: FieldsProps): VNode {
  const { calls } = useMessages()
  const { agents } = useStore(world)
  const config = useReading<Config>('/api/config', useStore(configRead))
  const workflows = config?.kind === 'ok' ? config.value.view.workflows.map(({ name }) => name) : []
  const outcomes = Object.keys(calls.outcomes) as CallEnd[]
  return (
    <>
      <Choice
        name={calls.workflow}
        value={asked.workflow}
        options={optional(
          calls.any,
          asked.workflow,
          workflows.map(name => [name, name] as const),
        )}
        choose={workflow => choose({ workflow })}
      />
      <Choice
        name={calls.agent}
        value={asked.agent}
        options={optional(
          calls.any,
          asked.agent,
          [...agents.values()].map(({ uri, name }) => [uri, name ?? userOf(uri)] as const),
        )}
        choose={agent => choose({ agent })}
      />
      <Choice
        name={calls.outcome}
        value={asked.outcome}
        options={optional(
          calls.any,
          asked.outcome,
          outcomes.map(outcome => [outcome, calls.outcomes[outcome]] as const),
        )}
        choose={outcome => choose({ outcome })}
      />
    </>
  )
}

type Option<Value extends string> = readonly [value: Value, text: string]

/** The options after "any". A chosen name that the server does not have, as in an old bookmark, stays in the list. */
const optional = (any: string, chosen: string, options: readonly Option<string>[]): readonly Option<string>[] => [
  ['', any],
  ...(chosen === '' || options.some(([value]) => value === chosen) ? [] : [[chosen, userOf(chosen)] as const]),
  ...options,
]

interface ChoiceProps<Value extends string> {
  readonly name: string
  readonly value: Value
  readonly options: readonly Option<Value>[]
  readonly choose: (value: Value) => void
}

function Choice<Value extends string>({ name, value, options, choose }: ChoiceProps<Value>): VNode {
  return (
    <label class="field">
      <span>{name}</span>
      <select
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = options[currentTarget.selectedIndex]
          if (chosen) choose(chosen[0])
        }}
      >
        {options.map(([each, text]) => (
          <option key={each} value={each} selected={each === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

interface DayFieldProps {
  readonly name: string
  readonly value: string
  readonly limits?: { readonly min?: string; readonly max?: string }
  readonly choose: (value: string) => void
}

/** A field for a day. It ignores a date while the date is incomplete. */
const DayField = ({ name, value, limits, choose }: DayFieldProps): VNode => (
  <label class="field">
    <span>{name}</span>
    <input
      type="date"
      value={value}
      {...limits}
      required
      onChange={({ currentTarget }) => currentTarget.value !== '' && choose(currentTarget.value)}
    />
  </label>
)
