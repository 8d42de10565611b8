import type { VNode } from 'preact'
import type { Editable } from '../../api/documents.js'
import { TextLine } from './controls.js'
import { faultsOf, withField } from './draft.js'
import type { FormProps, PartProps } from './form-props.js'
import { GroupFields } from './group-fields.js'
import { HolidayDays } from './holiday-days.js'
import { QueueFields } from './queue-fields.js'
import { useSetupTexts } from './words.js'
import { WorkflowFields } from './workflow-fields.js'

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

function AgentFields({ draft, faults, change }: PartProps): VNode {
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
