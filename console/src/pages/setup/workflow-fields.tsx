import type { VNode } from 'preact'
import { Check, Part, Pick, TextLine } from './controls.js'
import { faultsOf, textOf, withField, withoutFields } from './draft.js'
import { namesOf, type FormProps } from './form-props.js'
import { Holidays, Hours } from './hours-fields.js'
import { Message } from './message.js'
import { QuestionTree } from './question-tree.js'
import { useSetupTexts } from './words.js'

export function WorkflowFields({ draft, faults, may, objects, change }: FormProps): VNode {
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
      <Reached {...{ draft, faults, may, objects, change }} />
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
      {may('question') && draft['type'] === 'interactive' && <QuestionTree {...{ draft, faults, objects, change }} />}
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

/** How callers reach the workflow and where it leads, which only admins change. */
function Reached({ draft, faults, may, objects, change }: Omit<FormProps, 'agents'>): VNode {
  const setup = useSetupTexts()
  const set = (field: string) => (value: unknown) => change(withField(draft, field, value))
  const type = textOf(draft['type']) || 'huntGroup'
  const [queue, queues] = [textOf(draft['queue']), namesOf(objects, 'queue')]
  const turn = (next: string): void => {
    const rest = withoutFields(draft, ['question', 'queue', ...(next === 'interactive' ? ['answer'] : [])])
    const first = queue || (queues[0] ?? '')
    const question = { prompt: { say: setup.firstQuestion }, answers: [{ digit: '1', queue: first }] }
    change(next === 'interactive' ? { ...rest, type: next, question } : { ...withoutFields(rest, ['type']), queue: first })
  }
  return (
    <>
      {may('uri') && (
        <TextLine
          name={setup.uri}
          hint={setup.uriHint}
          value={draft['uri']}
          placeholder="sip:support@example.com"
          faults={faultsOf(faults, 'uri')}
          change={set('uri')}
        />
      )}
      {may('number') && (
        <TextLine
          name={setup.number}
          hint={setup.numberHint}
          value={draft['number']}
          placeholder="+14255550100"
          faults={faultsOf(faults, 'number')}
          change={set('number')}
        />
      )}
      {may('type') && (
        <Pick
          name={setup.type}
          chosen={type}
          options={[
            ['huntGroup', setup.huntGroup],
            ['interactive', setup.interactive],
          ]}
          faults={faultsOf(faults, 'type')}
          change={turn}
        />
      )}
      {may('queue') && type === 'huntGroup' && (
        <Pick
          name={setup.queue}
          chosen={queue}
          options={[...new Set([queue, ...queues])].map(each => [each, each === '' ? setup.choose : each])}
          faults={faultsOf(faults, 'queue')}
          change={set('queue')}
        />
      )}
      <Spoken {...{ draft, faults, may, change }} />
    </>
  )
}

/** The language of spoken words, and whether callers see who answers. */
function Spoken({ draft, faults, may, change }: Omit<FormProps, 'agents' | 'objects'>): VNode {
  const setup = useSetupTexts()
  const set = (field: string) => (value: unknown) => change(withField(draft, field, value))
  return (
    <>
      {may('language') && (
        <TextLine
          name={setup.spoken}
          hint={setup.spokenHint}
          value={draft['language']}
          placeholder="en-US"
          faults={faultsOf(faults, 'language')}
          change={set('language')}
        />
      )}
      {may('anonymous') && (
        <Part name={setup.privacy} faults={faultsOf(faults, 'anonymous')}>
          <Check name={setup.anonymous} on={draft['anonymous'] === true} change={on => set('anonymous')(on ? true : undefined)} />
        </Part>
      )}
    </>
  )
}
