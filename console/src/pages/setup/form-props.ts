import type { Agent, ListedObject } from '../../api/documents.js'
import type { Draft, Fault } from './draft.js'

/** The fields of an object while a person edits them. */
export interface FormProps {
  readonly draft: Draft
  readonly faults: readonly Fault[]
  /** Whether the person may change this field. */
  readonly may: (field: string) => boolean
  /** The objects to which the fields may refer. */
  readonly objects: readonly ListedObject[]
  readonly agents: ReadonlyMap<string, Agent>
  readonly change: (draft: Draft) => void
}

export type PartProps = Pick<FormProps, 'draft' | 'faults' | 'change'>

export const namesOf = (objects: readonly ListedObject[], kind: ListedObject['of']): readonly string[] =>
  objects.flatMap(({ of, name }) => (of === kind ? [name] : []))
