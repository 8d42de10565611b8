import type { VNode } from 'preact'
import { Action, Check, Part, Pick, TextLine } from './controls.js'
import { blockOf, faultsOf, listOf, textOf, withField, type Draft } from './draft.js'
import { namesOf, type FormProps, type PartProps } from './form-props.js'
import { OrderedList } from './ordered-list.js'
import { Message } from './message.js'
import { useSetupTexts } from './words.js'

const leave = { disconnect: true }

export function QueueFields({ draft, faults, may, objects, change }: FormProps): VNode {
  const setup = useSetupTexts()
  const queues = namesOf(objects, 'queue').filter(name => name !== draft['name'])
  const set = (field: string) => (value: unknown) => change(withField(draft, field, value))
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
      {may('groups') && (
        <OrderedList
          name={setup.groups}
          hint={setup.groupsHint}
          addName={setup.addGroup}
          chosen={listOf(draft['groups']).map(textOf)}
          known={namesOf(objects, 'group')}
          nameOf={name => ({ name })}
          faults={faultsOf(faults, 'groups')}
          change={set('groups')}
        />
      )}
      <Limits {...{ draft, faults, may, change, queues }} />
      {may('noAgents') && <NoAgents {...{ draft, faults, change, queues }} />}
      {may('announce') && <Announce {...{ draft, faults, change }} />}
      {may('serviceLevel') && <ServiceLevel {...{ draft, faults, change }} />}
    </>
  )
}

type LimitsProps = Omit<FormProps, 'agents' | 'objects'> & { readonly queues: readonly string[] }

/** How long callers wait, and how many. */
function Limits({ draft, faults, may, change, queues }: LimitsProps): VNode {
  const setup = useSetupTexts()
  const set = (field: string) => (value: unknown) => change(withField(draft, field, value))
  const [timeout, overflow] = [draft['timeout'], draft['overflow']].map(blockOf)
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

/** What happens when nobody can take the call. Without the key, the call ends if the groups have no agents. */
function NoAgents({ draft, faults, change, queues }: PartProps & { readonly queues: readonly string[] }): VNode {
  const setup = useSetupTexts()
  const value = blockOf(draft['noAgents'])
  const action = blockOf(value['action'] ?? leave)
  const { prompt, ...bare } = action
  const write = (next: Draft): void => change(withField(draft, 'noAgents', next))
  return (
    <Part name={setup.noAgents} faults={faultsOf(faults, 'noAgents')}>
      <Pick
        name={setup.noAgentsWhen}
        chosen={textOf(value['when']) || 'noneConfigured'}
        options={[
          ['noneConfigured', setup.noneConfigured],
          ['noneSignedIn', setup.noneSignedIn],
        ]}
        change={when => write({ ...value, when })}
      />
      <Message
        name={setup.before}
        value={prompt}
        change={words => write({ ...value, action: { ...bare, ...(words !== undefined && { prompt: words }) } })}
      />
      <Action name={setup.thenWhat} value={action} queues={queues} change={then => write({ ...value, action: then })} />
    </Part>
  )
}

/** What waiting callers are told. */
function Announce({ draft, faults, change }: PartProps): VNode {
  const setup = useSetupTexts()
  const value = blockOf(draft['announce'])
  const [position, wait] = [value['position'] === true, value['wait'] === true]
  const write = (next: Draft): void =>
    change(withField(draft, 'announce', next['position'] === true || next['wait'] === true ? next : undefined))
  return (
    <Part
      name={setup.announce}
      hint={setup.announceHint}
      faults={[...faultsOf(faults, 'announce'), ...faultsOf(faults, 'language')]}
    >
      <Check name={setup.announcePosition} on={position} change={on => write(withField(value, 'position', on || undefined))} />
      <Check name={setup.announceWait} on={wait} change={on => write(withField(value, 'wait', on || undefined))} />
      {(position || wait) && (
        <TextLine
          name={setup.every}
          value={value['every']}
          placeholder="60s"
          change={every => write(withField(value, 'every', every))}
        />
      )}
      <TextLine
        name={setup.spoken}
        hint={setup.spokenHint}
        value={draft['language']}
        placeholder="en-US"
        change={text => change(withField(draft, 'language', text))}
      />
    </Part>
  )
}

/** What counts as good service in reports and on the wallboard. */
function ServiceLevel({ draft, faults, change }: PartProps): VNode {
  const setup = useSetupTexts()
  const value = blockOf(draft['serviceLevel'])
  const write = (next: Draft): void => change(withField(draft, 'serviceLevel', Object.keys(next).length === 0 ? undefined : next))
  return (
    <Part name={setup.serviceLevel} hint={setup.serviceLevelHint} faults={faultsOf(faults, 'serviceLevel')}>
      <TextLine
        name={setup.within}
        value={value['within']}
        placeholder="20s"
        change={within => write(withField(value, 'within', within))}
      />
      <TextLine
        name={setup.target}
        value={value['target']}
        placeholder="80"
        change={text => write(withField(value, 'target', /^\d{1,3}$/.test(text) ? Number(text) : text))}
      />
    </Part>
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
