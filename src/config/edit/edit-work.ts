import {
  listObjects,
  prepareEdit,
  readObject,
  type EditableObject,
  type EditRequest,
  type EditTask,
  type ListedObject,
  type PreparedEdit,
} from './prepare.js'
import type { EditKind } from './edit-text.js'
import {
  keepRecording,
  listRecordings,
  removeRecording,
  soundOf,
  type KeptRecording,
  type ListedRecording,
  type RecordingAsk,
} from './recordings.js'
import { planned, type PlannedEdit, type RunningConfig } from './planned.js'

/** The work that is done in a thread of its own, because it reads the whole config: what is asked, and the outcome. */
export interface EditWorks {
  readonly list: { readonly ask: null; readonly outcome: readonly ListedObject[] }
  readonly read: {
    readonly ask: { readonly of: EditKind; readonly name: string }
    readonly outcome: EditableObject | { readonly forbidden: string } | undefined
  }
  readonly plan: {
    readonly ask: { readonly request: EditRequest; readonly running: RunningConfig }
    readonly outcome: PlannedEdit | Exclude<PreparedEdit, { readonly kind: 'ready' }>
  }
  readonly keepRecording: { readonly ask: RecordingAsk; readonly outcome: KeptRecording }
  readonly recordings: { readonly ask: null; readonly outcome: readonly ListedRecording[] }
  readonly removeRecording: { readonly ask: string; readonly outcome: 'removed' | 'used' | 'absent' }
  readonly sound: { readonly ask: string; readonly outcome: Uint8Array | undefined }
}
export type EditWorkName = keyof EditWorks

/** What the thread is told to do. */
export interface EditWork {
  readonly task: EditTask
  readonly name: EditWorkName
  readonly ask: unknown
}

const works: {
  readonly [Name in EditWorkName]: (task: EditTask, ask: EditWorks[Name]['ask']) => Promise<EditWorks[Name]['outcome']>
} = {
  list: task => listObjects(task),
  read: (task, { of, name }) => readObject(task, of, name),
  keepRecording,
  recordings: task => listRecordings(task),
  removeRecording,
  sound: soundOf,
  plan: async (task, { request, running }) => {
    const prepared = await prepareEdit(task, request)
    return prepared.kind === 'ready' ? planned(task.folder, prepared, running) : prepared
  },
}

export const runEditWork = <Name extends EditWorkName>(
  task: EditTask,
  name: Name,
  ask: EditWorks[Name]['ask'],
): Promise<EditWorks[Name]['outcome']> => works[name](task, ask)
