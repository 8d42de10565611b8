import type { VNode } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import type { Call, CallEnd } from '../../api/documents.js'
import { useMessages } from '../../language/language.js'
import { world } from '../../live/live.js'
import { go, type Place } from '../../router.js'
import { useStore } from '../../store.js'
import { Icon } from '../../ui/icon.js'
import { dayBegin, userOf } from '../../format.js'

const fields = ['from', 'to', 'caller', 'workflow', 'queue', 'agent', 'outcome', 'sipCallId'] as const
const pageSize = '50'

/** What the API is asked for what stands in the page's address. Days are of the browser's own zone, the last included; one that can't be read counts as not given. */
export function queryOf(asked: URLSearchParams): string {
  const query = new URLSearchParams({ state: 'finished', limit: pageSize })
  for (const field of fields) {
    const value = asked.get(field) ?? ''
    const sent = field === 'from' ? dayBegin(value) : field === 'to' ? dayBegin(value, 1) : value
    if (sent !== undefined && sent !== '') query.set(field, sent)
  }
  return query.toString()
}

/** Whether a call in progress is one of those asked for, by what is known before its end. The SIP Call-ID is not looked at. */
export function fitsNow(call: Call, asked: URLSearchParams): boolean {
  const given = (field: (typeof fields)[number]): string => asked.get(field) ?? ''
  const equal = (field: 'workflow' | 'queue' | 'agent'): boolean => given(field) === '' || given(field) === call[field]
  const arrived = Date.parse(call.arrivedAt)
  const [from, to] = [dayBegin(given('from')), dayBegin(given('to'), 1)]
  const caller = `${call.caller} ${call.callerName ?? ''}`.toLowerCase()
  return (
    given('outcome') === '' &&
    (['workflow', 'queue', 'agent'] as const).every(equal) &&
    caller.includes(given('caller').toLowerCase()) &&
    (from === undefined || arrived >= Date.parse(from)) &&
    (to === undefined || arrived < Date.parse(to))
  )
}

/** The filters of a search; they stand in the address, so that a search can be kept and shared. */
export function CallSearch({ at }: { readonly at: Place }): VNode {
  const { calls: words } = useMessages()
  const live = useStore(world)
  const given = (name: string): string => at.query.get(name) ?? ''
  const outcomes = Object.keys(words.outcomes) as CallEnd[]
  const form = useRef<HTMLFormElement>(null)
  const asked = at.query.toString()
  // By the browser's Back the address becomes another one, and what was typed since is no part of it.
  useEffect(() => {
    for (const field of fields) show(form.current?.elements.namedItem(field) ?? null, at.query.get(field) ?? '')
  }, [asked])
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
      <Field name={words.workflow}>{id => <input id={id} name="workflow" defaultValue={given('workflow')} />}</Field>
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

/** A choice that has no such value (yet) shows that nothing is chosen. */
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
