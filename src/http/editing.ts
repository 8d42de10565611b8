import type { ConfigEdit, EditKind } from '../config/edit/edit-text.js'
import type { PastEdit } from '../config/edit/history.js'
import type { EditableObject, EditFault, EditorRights, ListedObject } from '../config/edit/prepare.js'
import type { KeptRecording, ListedRecording, RecordingAsk } from '../config/edit/recordings.js'
import type { Change } from '../config/plan.js'
import type { CallEffect } from '../config/plan-calls.js'
import type { EditSettings } from '../config/settings.js'
import type { TurnTaker } from '../foundation/turns.js'

/** What a person asks for: an edit, or to undo an earlier one. */
export type AskedEdit =
  { readonly kind: 'edit'; readonly edit: ConfigEdit; readonly version?: string } | { readonly kind: 'undo'; readonly id: number }

/** The person or program that edits. `turn`: each name gets as many turns as any other. */
export interface Editor {
  /** What the person may edit now. Work waits for its turn, so it is asked then. Throws if the person may edit nothing any more. */
  readonly rights: () => EditorRights
  readonly turn: TurnTaker
}

/** What an edit would change, or has changed. */
export interface EditEffect {
  readonly file: string
  readonly changes: readonly Change[]
  /** What happens to the calls that wait. */
  readonly calls: readonly CallEffect[]
  readonly warnings: readonly string[]
}

export type EditOutcome =
  | ({ readonly kind: 'planned' } & EditEffect)
  /** `notCommitted`: why git has no commit. */
  | ({ readonly kind: 'made'; readonly id: number; readonly notCommitted?: string } & EditEffect)
  | { readonly kind: 'faulty'; readonly faults: readonly EditFault[] }
  | { readonly kind: 'stale'; readonly file: string }
  | { readonly kind: 'absent' | 'tooLarge' }
  | { readonly kind: 'forbidden' | 'refused'; readonly because: string }

/** Editing the config files, for the HTTP API. */
export interface Editing {
  /** Who may edit. */
  readonly allowed: EditSettings['by']
  list(editor: Editor): Promise<readonly ListedObject[] | 'tooLarge'>
  read(
    editor: Editor,
    of: EditKind,
    name: string,
  ): Promise<EditableObject | { readonly forbidden: string } | 'tooLarge' | undefined>
  /** What the edit would change. Writes nothing. */
  plan(editor: Editor, asked: AskedEdit): Promise<EditOutcome>
  /** Writes the edit, and reads the config again. */
  make(editor: Editor, asked: AskedEdit, who: string): Promise<EditOutcome>
  /** Ends the thread of the edits. */
  close(): void
  /** Keeps a sound for a prompt. */
  keepRecording(editor: Editor, ask: Omit<RecordingAsk, 'history'>): Promise<KeptRecording | 'tooLarge'>
  recordings(editor: Editor): Promise<readonly ListedRecording[]>
  removeRecording(editor: Editor, file: string): Promise<'removed' | 'used' | 'absent'>
  /** The WAV of a recording, or of a sound file of an object that the person may edit. */
  sound(editor: Editor, file: string): Promise<Uint8Array | undefined>
  /** The latest edits before this id, the latest first. */
  history(most: number, before: number | undefined, fits: (edit: PastEdit) => boolean): Promise<readonly PastEdit[]>
}
