import { plan, type PlanReport } from '../plan.js'
import type { WaitingCall } from '../plan-calls.js'
import { planView, type PlanView } from '../plan-view.js'
import type { ReadyEdit } from './prepare.js'

/** What runs now, for the thread that plans an edit. */
export interface RunningConfig {
  /** A `PlanView` as JSON. Passing a text to the thread takes almost no time. Copying an object with thousands of agents takes long. */
  readonly view: string
  readonly waiting: readonly WaitingCall[]
}

/** An edit that may be written, with its effects. It has no settings: copying those of a large config to the thread of SIP takes 0.2 s. */
export type PlannedEdit = Omit<ReadyEdit, 'settings'> &
  PlanReport & {
    /** The config after the edit: a `PlanView` as JSON. */
    readonly view: string
  }

export function planned(folder: string, { settings, ...ready }: ReadyEdit, { view, waiting }: RunningConfig): PlannedEdit {
  const next = planView(settings, folder)
  // The text comes from JSON.stringify of a view.
  return { ...ready, ...plan(JSON.parse(view) as PlanView, next, waiting), view: JSON.stringify(next) }
}
