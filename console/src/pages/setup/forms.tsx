import type { VNode } from 'preact'
import { userOf } from '../../format.js'
import type { Agent, Editable, ListedObject } from '../../api/documents.js'
import { useMessages } from '../../language/language.js'
import { Icon } from '../../ui/icon.js'
import { Action, Check, Line, Message, Part, Pick, TextLine } from './controls.js'
import { allDays, blockOf, faultsOf, hoursOf, listOf, textOf, weekOf, withField, type Draft, type Fault } from './draft.js'
import { HolidayDays } from './holiday-days.js'
import { useSetupTexts } from './words.js'

interface FormProps {
  readonly draft: Draft
  readonly faults: readonly Fault[]
  /** Whether the person may change this field. */
  readonly may: (field: string) => boolean
  /** The objects to which the fields may refer. */
  readonly objects: readonly ListedObject[]
  readonly agents: ReadonlyMap<string, Agent>
  readonly change: (draft: Draft) => void
}

/** The fields of one kind of object. */
export function FieldsOf({ of, ...form }: FormProps & { readonly of: Editable['of'] }): VNode {
  switch (of) {
    case 'workflow':
      return <WorkflowFields {...form} />
    case 'queue':
      return <QueueFields {...form} />
    case 'group':
      return <GroupFields {...form} />
    case 'holidays':
      return (
        <HolidayDays
          days={form.draft['days']}
          faults={faultsOf(form.faults, 'days')}
          change={days => form.change({ ...form.draft, days })}
        />
      )
    case 'agent':
      return <AgentFields {...form} />
  }
}

const namesOf = (objects: readonly ListedObject[], kind: ListedObject['of']): readonly string[] =>
  objects.flatMap(({ of, name }) => (of === kind ? [name] : []))

function WorkflowFields({ draft, faults, may, objects, change }: FormProps): VNode {
  const setup = useSetupTexts()
  const set = (field: string) => (value: unknown) => change(withField(draft, field, value))
  const queues = namesOf(objects, 'queue')
  const music = draft['musicOnHold'] === 'builtin:default' ? undefined : draft['musicOnHold']
  return (
    <>
      {may('displayName') && (
        <TextLine
          name={setup.displayName}
          hint={setup.displayNameHint}
          value={draft['displayName']}
          faults={faultsOf(faults, 'displayName')}
          change={set('displayName')}
        />
      )}
      {may('active') && (
        <Part name={setup.active} faults={faultsOf(faults, 'active')}>
          <Check name={setup.takesCalls} on={draft['active'] !== false} change={on => set('active')(on ? undefined : false)} />
        </Part>
      )}
      {may('welcome') && (
        <Part name={setup.messages} faults={faultsOf(faults, 'welcome')}>
          <Message name={setup.welcome} hint={setup.messageHint} value={draft['welcome']} change={set('welcome')} />
        </Part>
      )}
      {may('hours') && <Hours draft={draft} faults={faults} change={change} queues={queues} />}
      {may('holidays') && (
        <Holidays draft={draft} faults={faults} change={change} queues={queues} sets={namesOf(objects, 'holidays')} />
      )}
      {may('musicOnHold') && (
        <Part name={setup.music} hint={setup.musicHint} faults={faultsOf(faults, 'musicOnHold')}>
          <Message name={setup.musicWords} value={music} change={set('musicOnHold')} />
        </Part>
      )}
    </>
  )
}

type PartProps = Pick<FormProps, 'draft' | 'faults' | 'change'> & { readonly queues: readonly string[] }

function Hours({ draft, faults, change, queues }: PartProps): VNode {
  const setup = useSetupTexts()
  const week = weekOf(draft['hours'])
  const write = (hours: unknown): void => change(withField(draft, 'hours', hours))
  const usual = { 'mon-fri': ['09:00-17:00'] }
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
          <div class="form-days">
            {allDays.map(day => (
              <TextLine
                key={day}
                name={setup.days[day]}
                value={week[day]}
                placeholder={setup.closedDay}
                change={text => write(hoursOf({ ...week, [day]: text }))}
              />
            ))}
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

function Holidays({ draft, faults, change, queues, sets }: PartProps & { readonly sets: readonly string[] }): VNode {
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

function QueueFields({ draft, faults, may, objects, change }: FormProps): VNode {
  const setup = useSetupTexts()
  const queues = namesOf(objects, 'queue').filter(name => name !== draft['name'])
  const set = (field: string) => (value: unknown) => change(withField(draft, field, value))
  const [timeout, overflow] = [draft['timeout'], draft['overflow']].map(blockOf)
  const leave = { disconnect: true }
  return (
    <>
      {may('timeout') && (
        <Part name={setup.timeout} faults={faultsOf(faults, 'timeout')}>
          <Check
            name={setup.hasTimeout}
            on={draft['timeout'] !== undefined}
            change={on => set('timeout')(on ? { after: '5m', action: leave } : undefined)}
          />
          {draft['timeout'] !== undefined && (
            <Limit
              value={timeout ?? {}}
              field="after"
              name={setup.after}
              hint={setup.durationHint}
              queues={queues}
              change={set('timeout')}
            />
          )}
        </Part>
      )}
      {may('overflow') && (
        <Part name={setup.overflow} faults={faultsOf(faults, 'overflow')}>
          <Check
            name={setup.hasOverflow}
            on={draft['overflow'] !== undefined}
            change={on => set('overflow')(on ? { waitingCalls: 20, action: leave } : undefined)}
          />
          {draft['overflow'] !== undefined && (
            <>
              <Limit
                value={overflow ?? {}}
                field="waitingCalls"
                name={setup.waitingCalls}
                queues={queues}
                change={set('overflow')}
              />
              <Pick
                name={setup.candidate}
                chosen={textOf(overflow?.['candidate']) || 'newest'}
                options={[
                  ['newest', setup.newest],
                  ['oldest', setup.oldest],
                ]}
                change={candidate => set('overflow')({ ...overflow, candidate })}
              />
            </>
          )}
        </Part>
      )}
    </>
  )
}

interface LimitProps {
  readonly value: Draft
  readonly field: 'after' | 'waitingCalls'
  readonly name: string
  readonly hint?: string
  readonly queues: readonly string[]
  readonly change: (value: Draft) => void
}

/** A limit, what the caller hears when it is reached, and where the call goes. */
function Limit({ value, field, name, hint, queues, change }: LimitProps): VNode {
  const setup = useSetupTexts()
  const action = blockOf(value['action'] ?? { disconnect: true })
  const { prompt, ...bare } = action
  const read = (text: string): unknown => (field === 'waitingCalls' && /^\d{1,6}$/.test(text) ? Number(text) : text)
  return (
    <>
      <TextLine
        name={name}
        value={value[field]}
        {...(hint !== undefined && { hint })}
        change={text => change({ ...value, [field]: read(text) })}
      />
      <Message
        name={setup.before}
        value={prompt}
        change={words => change({ ...value, action: { ...bare, ...(words !== undefined && { prompt: words }) } })}
      />
      <Action name={setup.thenWhat} value={action} queues={queues} change={then => change({ ...value, action: then })} />
    </>
  )
}

function GroupFields({ draft, faults, may, objects, agents, change }: FormProps): VNode {
  const setup = useSetupTexts()
  const set = (field: string) => (value: unknown) => change(withField(draft, field, value))
  const nameOf = (uri: string): string => agents.get(uri)?.name ?? userOf(uri)
  return (
    <>
      {may('description') && (
        <TextLine
          name={setup.description}
          value={draft['description']}
          faults={faultsOf(faults, 'description')}
          change={set('description')}
        />
      )}
      {may('agents') && draft['distributionList'] === undefined && (
        <Members
          chosen={listOf(draft['agents']).map(textOf)}
          known={namesOf(objects, 'agent')}
          nameOf={nameOf}
          faults={faultsOf(faults, 'agents')}
          change={set('agents')}
        />
      )}
      <RingFields draft={draft} faults={faults} may={may} change={change} />
    </>
  )
}

/** How the phones of a group ring. */
function RingFields({ draft, faults, may, change }: Omit<FormProps, 'objects' | 'agents'>): VNode {
  const setup = useSetupTexts()
  const { methods, policies } = useMessages()
  const set = (field: string) => (value: unknown) => change(withField(draft, field, value))
  return (
    <>
      {may('routingMethod') && (
        <Pick
          name={setup.method}
          hint={setup.methodHint}
          chosen={textOf(draft['routingMethod']) || 'parallel'}
          options={Object.entries(methods)}
          faults={faultsOf(faults, 'routingMethod')}
          change={set('routingMethod')}
        />
      )}
      {may('participationPolicy') && (
        <Pick
          name={setup.policy}
          chosen={textOf(draft['participationPolicy']) || 'informal'}
          options={Object.entries(policies)}
          faults={faultsOf(faults, 'participationPolicy')}
          change={set('participationPolicy')}
        />
      )}
      {may('agentAlertTime') && (
        <TextLine
          name={setup.alertTime}
          hint={setup.alertTimeHint}
          value={draft['agentAlertTime']}
          placeholder="20s"
          faults={faultsOf(faults, 'agentAlertTime')}
          change={set('agentAlertTime')}
        />
      )}
      {may('wrapUp') && (
        <TextLine
          name={setup.wrapUp}
          hint={setup.wrapUpHint}
          value={draft['wrapUp']}
          faults={faultsOf(faults, 'wrapUp')}
          change={set('wrapUp')}
        />
      )}
    </>
  )
}

interface MembersProps {
  readonly chosen: readonly string[]
  readonly known: readonly string[]
  readonly nameOf: (uri: string) => string
  readonly faults: readonly Fault[]
  readonly change: (agents: readonly string[]) => void
}

/** The agents of a group in their order, with buttons that move and remove them, and a list to add others. */
function Members({ chosen, known, nameOf, faults, change }: MembersProps): VNode {
  const setup = useSetupTexts()
  const others = known.filter(uri => !chosen.includes(uri)).sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
  const move = (index: number): void =>
    change(chosen.map((uri, at) => (at === index - 1 ? (chosen[index] ?? uri) : at === index ? (chosen[index - 1] ?? uri) : uri)))
  return (
    <Part name={setup.agents} hint={setup.agentsHint} faults={faults}>
      <ol class="form-members">
        {chosen.map((uri, index) => (
          <li key={uri}>
            <span>
              {nameOf(uri)} <small>{uri}</small>
            </span>
            <button
              type="button"
              class="button"
              disabled={index === 0}
              aria-label={setup.up(nameOf(uri))}
              onClick={() => move(index)}
            >
              <Icon name="down" />
            </button>
            <button
              type="button"
              class="button"
              aria-label={setup.removeAgent(nameOf(uri))}
              onClick={() => change(chosen.filter(each => each !== uri))}
            >
              {setup.remove}
            </button>
          </li>
        ))}
      </ol>
      {others.length > 0 && (
        <Line name={setup.addAgent}>
          {id => (
            <select id={id} value="" onChange={event => change([...chosen, event.currentTarget.value])}>
              <option value="">{setup.choose}</option>
              {others.map(uri => (
                <option key={uri} value={uri}>
                  {nameOf(uri)}
                </option>
              ))}
            </select>
          )}
        </Line>
      )}
    </Part>
  )
}

function AgentFields({ draft, faults, change }: FormProps): VNode {
  const setup = useSetupTexts()
  const set = (field: string) => (value: unknown) => change(withField(draft, field, value))
  return (
    <>
      <TextLine name={setup.agentName} value={draft['name']} faults={faultsOf(faults, 'name')} change={set('name')} />
      <TextLine
        name={setup.contact}
        hint={setup.contactHint}
        value={draft['contact']}
        faults={faultsOf(faults, 'contact')}
        change={set('contact')}
      />
      <TextLine
        name={setup.wrapUp}
        hint={setup.wrapUpHint}
        value={draft['wrapUp']}
        faults={faultsOf(faults, 'wrapUp')}
        change={set('wrapUp')}
      />
    </>
  )
}
