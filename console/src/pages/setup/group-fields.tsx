import type { VNode } from 'preact'
import { userOf } from '../../format.js'
import { useMessages } from '../../language/language.js'
import { Pick, TextLine } from './controls.js'
import { faultsOf, listOf, textOf, withField } from './draft.js'
import { namesOf, type FormProps } from './form-props.js'
import { OrderedList } from './ordered-list.js'
import { useSetupTexts } from './words.js'

export function GroupFields({ draft, faults, may, objects, agents, change }: FormProps): VNode {
  const setup = useSetupTexts()
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
      {may('agents') && draft['distributionList'] === undefined && (
        <OrderedList
          name={setup.agents}
          hint={setup.agentsHint}
          addName={setup.addAgent}
          chosen={listOf(draft['agents']).map(textOf)}
          known={namesOf(objects, 'agent')}
          nameOf={uri => ({ name: agents.get(uri)?.name ?? userOf(uri), also: uri })}
          faults={faultsOf(faults, 'agents')}
          change={set('agents')}
        />
      )}
      {may('agents') && draft['distributionList'] !== undefined && (
        <p class="hint">{setup.agentsFromList(textOf(draft['distributionList']))}</p>
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
      {may('signInCode') && (
        <TextLine
          name={setup.signInCode}
          hint={setup.signInCodeHint}
          value={draft['signInCode']}
          faults={faultsOf(faults, 'signInCode')}
          change={set('signInCode')}
        />
      )}
    </>
  )
}
