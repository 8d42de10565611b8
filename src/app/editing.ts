import { isDeepStrictEqual } from 'node:util'
import { EditThread } from '../config/edit/edit-aside.js'
import type { EditWorkName, EditWorks } from '../config/edit/edit-work.js'
import { backOf, type EditHistory, type PastEdit } from '../config/edit/history.js'
import type { EditKind } from '../config/edit/edit-text.js'
import { recordingsIn } from '../config/edit/recording-names.js'
import type { RecordingAsk } from '../config/edit/recordings.js'
import type { RunningConfig } from '../config/edit/planned.js'
import type { EditorRights } from '../config/edit/prepare.js'
import { writeWhole } from '../config/edit/write.js'
import type { WaitingCall } from '../config/plan-calls.js'
import type { PlanView } from '../config/plan-view.js'
import type { EditSettings, Settings } from '../config/settings.js'
import { wallNow, type Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { Turns } from '../foundation/turns.js'
import { commitFiles } from './commit.js'
import type { AskedEdit, EditEffect, Editing, Editor, EditOutcome } from '../http/editing.js'

interface EditingParts {
  /** The config folder. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
  readonly history: EditHistory
  readonly settings: () => Settings
  /** The running config, and the calls that wait. */
  readonly basis: () => { readonly view: PlanView; readonly waiting: Iterable<WaitingCall | undefined> }
  /** Reads the config again. Resolves when it is in force. */
  readonly reload: () => Promise<unknown>
}

/** The most calls that a plan lists. Nobody would read more. */
const mostCalls = 200

type Planned = EditWorks['plan']['outcome'] | { readonly kind: 'tooLarge' }

/** Edits the config files, one piece of work at a time. */
export class ConfigEditing implements Editing {
  readonly #turns = new Turns()
  /** The config of the last edit, as JSON, until it is in force. */
  #next: string | undefined
  readonly #texts = new WeakMap<PlanView, string>()

  readonly #thread: EditThread

  constructor(private readonly parts: EditingParts) {
    this.#thread = new EditThread(parts.clock, error =>
      parts.log.warn(`the config is read while calls wait: ${error.message}`, { event: 'config.noThread' }),
    )
  }

  get allowed(): EditSettings['by'] {
    return this.parts.settings().edits.by
  }

  async list({ rights, turn }: Editor): ReturnType<Editing['list']> {
    return (await this.#turns.run(() => this.#aside(rights(), 'list', null), turn))?.outcome ?? 'tooLarge'
  }

  async read({ rights, turn }: Editor, ...[of, name]: [EditKind, string]): ReturnType<Editing['read']> {
    const done = await this.#turns.run(() => this.#aside(rights(), 'read', { of, name }), turn)
    return done ? done.outcome : 'tooLarge'
  }

  async plan({ rights, turn }: Editor, asked: AskedEdit): Promise<EditOutcome> {
    const prepared = await this.#turns.run(() => this.#plan(rights, asked), turn)
    return prepared.kind === 'ready' ? { ...effectOf(prepared), kind: 'planned' } : prepared
  }

  /** A begun edit is made also if its person has gone. Its turn ends before its prompts are made, which may take minutes. */
  async make({ rights, turn: { name } }: Editor, asked: AskedEdit, who: string): Promise<EditOutcome> {
    const made = await this.#turns.run(
      async () => {
        const before = rights()
        const prepared = await this.#plan(() => before, asked)
        // The check of the whole config may have taken a minute.
        if (!isDeepStrictEqual(rights(), before))
          return { kind: 'forbidden', because: 'your rights have changed; try again' } as const
        return await this.#written(prepared, asked, who)
      },
      { name },
    )
    if (made.kind !== 'made') return made
    const { next, ...outcome } = made
    try {
      await this.parts.reload()
    } finally {
      if (this.#next === next) this.#next = undefined
    }
    return outcome
  }

  async keepRecording({ rights, turn }: Editor, ask: Omit<RecordingAsk, 'history'>): ReturnType<Editing['keepRecording']> {
    const { history } = this.parts.settings().edits
    const done = await this.#turns.run(() => this.#aside(rights(), 'keepRecording', { ...ask, history }), { name: turn.name })
    const outcome = done?.outcome
    if (outcome?.kind === 'failed')
      this.parts.log.error(`a recording can't be written: ${outcome.because}`, {
        event: 'config.notWritten',
        why: outcome.because,
      })
    return outcome ?? 'tooLarge'
  }

  async recordings({ rights, turn }: Editor): ReturnType<Editing['recordings']> {
    return (await this.#turns.run(() => this.#aside(rights(), 'recordings', null), turn))?.outcome ?? []
  }

  async removeRecording({ rights, turn: { name } }: Editor, file: string): ReturnType<Editing['removeRecording']> {
    return (await this.#turns.run(() => this.#aside(rights(), 'removeRecording', file), { name }))?.outcome ?? 'absent'
  }

  async sound({ rights, turn }: Editor, file: string): ReturnType<Editing['sound']> {
    return (await this.#turns.run(() => this.#aside(rights(), 'sound', file), turn))?.outcome
  }

  history(...given: Parameters<Editing['history']>): ReturnType<Editing['history']> {
    return this.parts.history.page(...given)
  }

  close(): void {
    this.#thread.close()
  }

  #aside<Name extends EditWorkName>(
    rights: EditorRights,
    name: Name,
    ask: EditWorks[Name]['ask'],
  ): ReturnType<typeof EditThread.prototype.run<Name>> {
    const { folder, settings } = this.parts
    const task = { folder, rights, env: { ...process.env }, generation: settings().routing.generation + 1 }
    return this.#thread.run(task, name, ask)
  }

  async #plan(rights: Editor['rights'], asked: AskedEdit): Promise<Planned> {
    const past = asked.kind === 'undo' ? await this.parts.history.get(asked.id) : undefined
    if (asked.kind === 'undo' && !past) return { kind: 'absent' }
    if (past && !past.back) return { kind: 'refused', because: 'this edit was too large to be kept; edit the file' }
    const request = asked.kind === 'edit' ? asked : past?.back
    const done = request && (await this.#aside(rights(), 'plan', { request, running: this.#running() }))
    return done ? done.outcome : { kind: 'tooLarge' }
  }

  /** What runs now, or will run once the last edit is in force. */
  #running(): RunningConfig {
    const { view, waiting: line } = this.parts.basis()
    const text = this.#texts.get(view) ?? JSON.stringify(view)
    this.#texts.set(view, text)
    const waiting: WaitingCall[] = []
    for (const call of line) {
      if (call) waiting.push(call)
      if (waiting.length >= mostCalls) break
    }
    return { view: this.#next ?? text, waiting }
  }

  async #written(
    prepared: Planned,
    asked: AskedEdit,
    who: string,
  ): Promise<Exclude<EditOutcome, { kind: 'made' }> | (Extract<EditOutcome, { kind: 'made' }> & { readonly next: string })> {
    if (prepared.kind !== 'ready') return prepared
    const { folder, clock, log, history, settings } = this.parts
    const { file, versions, text, edit } = prepared
    // It would only displace an older edit from the history.
    if (versions.before === versions.after) return { kind: 'refused', because: 'this edit changes nothing in the file' }
    const written = await writeWhole(folder, file, versions.before, text)
    if (written.kind === 'stale') return { kind: 'stale', file }
    if (written.kind === 'failed') {
      log.error(`${file} can't be written: ${written.because}`, { event: 'config.notWritten', file, why: written.because })
      return { kind: 'refused', because: `${file} can't be written on the server; the log says why` }
    }
    log.info?.(`${who} edited ${file}: ${edit.of} ${edit.name}`, { event: 'config.edited', file, who })
    const { keep, git } = settings().edits
    const past: Omit<PastEdit, 'id'> = {
      ...{ at: wallNow(clock), who, of: edit.of, name: edit.name, action: edit.kind, file, changes: prepared.changes },
      ...(asked.kind === 'undo' && { undoes: asked.id }),
      ...backOf(prepared),
    }
    const id = await history.add(past, keep)
    const notCommitted = git ? await this.#commit(past, recordingsIn(JSON.stringify(edit))) : undefined
    this.#next = prepared.view
    return { ...effectOf(prepared), kind: 'made', id, next: prepared.view, ...(notCommitted !== undefined && { notCommitted }) }
  }

  async #commit(
    { file, who, action, of, name }: Omit<PastEdit, 'id'>,
    recordings: readonly string[],
  ): Promise<string | undefined> {
    const { folder, log } = this.parts
    const why = await commitFiles(folder, file, recordings, { who, message: `${action} ${of} ${name}` })
    if (why !== undefined)
      log.warn(`the edit of ${file} is in force, but git has no commit (${why})`, { event: 'config.notCommitted', file, why })
    return why
  }
}

const effectOf = ({ file, changes, calls, warnings }: EditEffect): EditEffect => ({ file, changes, calls, warnings })
