import type { VNode } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import { wantsSearch } from '../../bar/shortcuts.js'
import { seesOverview, session } from '../../api/session.js'
import type { Call, CallEnd, Config } from '../../api/documents.js'
import { useMessages } from '../../language/language.js'
import { configRead, world } from '../../live/live.js'
import { go, type Place } from '../../router.js'
import { useStore } from '../../store.js'
import { Icon } from '../../ui/icon.js'
import { useReading } from '../../ui/reading.js'
import { callerSought, dayBegin, plain, userOf } from '../../format.js'

const fields = ['from', 'to', 'caller', 'workflow', 'queue', 'agent', 'outcome', 'sipCallId'] as const
const pageSize = '50'

/**
 * Translates the query of the page's address into one of the API. Days are in the browser's time zone, and the last day is included.
 * A day that can't be read is left out.
 */
export function queryOf(asked: URLSearchParams): string {
  const query = new URLSearchParams({ state: 'finished', limit: pageSize })
  for (const field of fields) {
    const value = asked.get(field) ?? ''
    const sent = field === 'from' ? dayBegin(value) : field === 'to' ? dayBegin(value, 1) : value
    if (sent !== undefined && sent !== '') query.set(field, sent)
  }
  return query.toString()
}

/** Whether a call in progress matches the filters. The SIP Call-ID is not compared, and an outcome never matches. */
export function fitsNow(call: Call, asked: URLSearchParams): boolean {
  const given = (field: (typeof fields)[number]): string => asked.get(field) ?? ''
  const equal = (field: 'workflow' | 'queue' | 'agent'): boolean => given(field) === '' || given(field) === call[field]
  const arrived = Date.parse(call.arrivedAt)
  const [from, to] = [dayBegin(given('from')), dayBegin(given('to'), 1)]
  const caller = plain(`${call.caller} ${call.callerName ?? ''}`)
  return (
    given('outcome') === '' &&
    (['workflow', 'queue', 'agent'] as const).every(equal) &&
    caller.includes(callerSought(given('caller'))) &&
    (from === undefined || arrived >= Date.parse(from)) &&
    (to === undefined || arrived < Date.parse(to))
  )
}

/** The form with the filters. They become part of the page's address, so that people can bookmark and share a search. */
export function CallSearch({ at }: { readonly at: Place }): VNode {
  const { calls: words } = useMessages()
  const live = useStore(world)
  const given = (name: string): string => at.query.get(name) ?? ''
  const outcomes = Object.keys(words.outcomes) as CallEnd[]
  const form = useRef<HTMLFormElement>(null)
  const asked = at.query.toString()
  // The browser's Back button changes the address. The fields then show the address again, and text that was not searched for is lost.
  useEffect(() => {
    for (const field of fields) show(form.current?.elements.namedItem(field) ?? null, at.query.get(field) ?? '')
  }, [asked])
  const isWanted = useStore(wantsSearch)
  useEffect(() => {
    if (!isWanted) return
    wantsSearch.set(false)
    const field = form.current?.elements.namedItem('caller')
    if (field instanceof HTMLInputElement) field.focus()
  }, [isWanted])
  const search = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): void => {
    event.preventDefault()
    const filled = [...new FormData(event.currentTarget)].flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && value !== '' ? [[name, value]] : [],
    )
    go(`/calls?${new URLSearchParams(filled).toString()}`)
  }
  return (
    <form ref={form} class="search" role="search" aria-label={words.search} onSubmit={search}>
      <Field name={words.from}>{id => <input id={id} type="date" name="from" defaultValue={given('from')} />}</Field>
      <Field name={words.to}>{id => <input id={id} type="date" name="to" defaultValue={given('to')} />}</Field>
      <Field name={words.caller}>
        {id => <input id={id} name="caller" placeholder={words.callerHint} defaultValue={given('caller')} />}
      </Field>
      <WorkflowField given={given('workflow')} />
      <Choice
        name={words.queue}
        field="queue"
        chosen={given('queue')}
        options={[...live.queues.keys()].map(name => [name, name])}
      />
      <Choice
        name={words.agent}
        field="agent"
        chosen={given('agent')}
        options={[...live.agents.values()].map(({ uri, name }) => [uri, name ?? userOf(uri)])}
      />
      <Choice
        name={words.outcome}
        field="outcome"
        chosen={given('outcome')}
        options={outcomes.map(outcome => [outcome, words.outcomes[outcome]])}
      />
      <Field name="SIP Call-ID">{id => <input id={id} name="sipCallId" defaultValue={given('sipCallId')} />}</Field>
      <button type="submit" class="button strong">
        <Icon name="calls" />
        {words.search}
      </button>
    </form>
  )
}

/** The filter by workflow: a list for people who may read the config. Others type the name. */
function WorkflowField({ given }: { readonly given: string }): VNode {
  const { calls: words } = useMessages()
  const overview = seesOverview(useStore(session))
  const answer = useReading<Config>(overview ? '/api/config' : undefined, useStore(configRead))
  if (!overview) return <Field name={words.workflow}>{id => <input id={id} name="workflow" defaultValue={given} />}</Field>
  const known = answer?.kind === 'ok' ? answer.value.view.workflows : []
  const options = known.map(({ name, displayName }) => [name, displayName === name ? name : `${displayName} (${name})`] as const)
  return <Choice name={words.workflow} field="workflow" chosen={given} options={options} />
}

/** Shows a value in a field. A list that has no such option shows "any", because its options may arrive later. */
function show(field: Element | RadioNodeList | null, value: string): void {
  if (field instanceof HTMLInputElement) field.value = value
  if (field instanceof HTMLSelectElement) field.value = [...field.options].some(option => option.value === value) ? value : ''
}

function Field({ name, children }: { readonly name: string; readonly children: (id: string) => ComponentChildren }): VNode {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {children(id)}
    </div>
  )
}

interface ChoiceProps {
  readonly name: string
  readonly field: string
  readonly chosen: string
  readonly options: readonly (readonly [value: string, text: string])[]
}

function Choice({ name, field, chosen, options }: ChoiceProps): VNode {
  const { calls } = useMessages()
  return (
    <Field name={name}>
      {id => (
        <select id={id} name={field}>
          <option value="">{calls.any}</option>
          {options.map(([value, text]) => (
            <option key={value} value={value} selected={value === chosen}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
