import { editAside } from '../config/edit/edit-aside.js'
import type { EditWorkName, EditWorks } from '../config/edit/edit-work.js'
import { backOf, type EditHistory, type PastEdit } from '../config/edit/history.js'
import type { EditorRights, PreparedEdit, ReadyEdit } from '../config/edit/prepare.js'
import { writeWhole } from '../config/edit/write.js'
import { plan } from '../config/plan.js'
import type { WaitingCall } from '../config/plan-calls.js'
import { planView, type PlanView } from '../config/plan-view.js'
import type { EditSettings, Settings } from '../config/settings.js'
import { wallNow, type Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { commitFile } from './commit.js'
import type { AskedEdit, Editing, EditOutcome } from '../http/editing.js'

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

/** How many requests may wait. They are served one at a time, each in its own thread, because each reads the whole config. */
const mostWaiting = 8
/** The most calls that a plan lists. Nobody would read more. */
const mostCalls = 200

/** Edits the config files. */
export class ConfigEditing implements Editing {
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(private readonly parts: EditingParts) {}

  get allowed(): EditSettings['by'] {
    return this.parts.settings().edits.by
  }

  async list(rights: EditorRights): ReturnType<Editing['list']> {
    return (await this.#work(rights, 'list', null)) ?? 'busy'
  }

  async read(rights: EditorRights, ...[of, name]: [Parameters<Editing['read']>[1], string]): ReturnType<Editing['read']> {
    const done = await this.#inTurn(() => this.#aside(rights, 'read', { of, name }))
    return done ? done.outcome : 'busy'
  }

  async plan(rights: EditorRights, asked: AskedEdit): Promise<EditOutcome> {
    return (await this.#inTurn(async () => this.#planned(await this.#prepare(rights, asked)))) ?? { kind: 'busy' }
  }

  async make(rights: EditorRights, asked: AskedEdit, who: string): Promise<EditOutcome> {
    return (await this.#inTurn(async () => this.#made(await this.#prepare(rights, asked), asked, who))) ?? { kind: 'busy' }
  }

  history(...given: Parameters<Editing['history']>): ReturnType<Editing['history']> {
    return this.parts.history.page(...given)
  }

  async #work<Name extends EditWorkName>(
    rights: EditorRights,
    name: Name,
    ask: EditWorks[Name]['ask'],
  ): Promise<EditWorks[Name]['outcome'] | undefined> {
    return (await this.#inTurn(() => this.#aside(rights, name, ask)))?.outcome
  }

  /** Runs the work after all earlier work. Undefined: too many wait. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#waiting >= mostWaiting) return undefined
    this.#waiting += 1
    const before = this.#turn
    const own = before.then(work)
    this.#turn = own.catch(() => undefined) // The caller of this work gets its error. The next work runs anyway.
    try {
      return await own
    } finally {
      this.#waiting -= 1
    }
  }

  #aside<Name extends EditWorkName>(
    rights: EditorRights,
    name: Name,
    ask: EditWorks[Name]['ask'],
  ): ReturnType<typeof editAside<Name>> {
    const { folder, log, settings } = this.parts
    const task = { folder, rights, env: { ...process.env }, generation: settings().routing.generation + 1 }
    return editAside(task, name, ask, error =>
      log.warn(`the config is read while calls wait: ${error.message}`, { event: 'config.noThread' }),
    )
  }

  async #prepare(rights: EditorRights, asked: AskedEdit): Promise<PreparedEdit | { readonly kind: 'tooLarge' }> {
    const past = asked.kind === 'undo' ? await this.parts.history.get(asked.id) : undefined
    if (asked.kind === 'undo' && !past) return { kind: 'absent' }
    if (past && !past.back) return { kind: 'refused', because: 'this edit was too large to be kept; edit the file' }
    const request = asked.kind === 'edit' ? asked : past?.back
    const done = request && (await this.#aside(rights, 'prepare', request))
    return done ? done.outcome : { kind: 'tooLarge' }
  }

  #planned(prepared: PreparedEdit | { readonly kind: 'tooLarge' }): EditOutcome {
    if (prepared.kind !== 'ready') return prepared
    return { kind: 'planned', ...this.#effect(prepared) }
  }

  #effect({ file, settings, warnings }: ReadyEdit): { file: string; warnings: readonly string[] } & ReturnType<typeof plan> {
    const { view, waiting } = this.parts.basis()
    const calls: WaitingCall[] = []
    for (const call of waiting) {
      if (call) calls.push(call)
      if (calls.length >= mostCalls) break
    }
    return { file, warnings, ...plan(view, planView(settings, this.parts.folder), calls) }
  }

  async #made(prepared: PreparedEdit | { readonly kind: 'tooLarge' }, asked: AskedEdit, who: string): Promise<EditOutcome> {
    if (prepared.kind !== 'ready') return prepared
    const { folder, clock, log, history, reload, settings } = this.parts
    const { file, versions, text, edit } = prepared
    const effect = this.#effect(prepared)
    const written = await writeWhole(folder, file, versions.before, text)
    if (written.kind === 'stale') return { kind: 'stale', file }
    if (written.kind === 'failed') {
      log.error(`${file} can't be written: ${written.because}`, { event: 'config.notWritten', file, why: written.because })
      return { kind: 'refused', because: `${file} can't be written on the server; the log says why` }
    }
    log.info?.(`${who} edited ${file}: ${edit.of} ${edit.name}`, { event: 'config.edited', file, who })
    const { keep, git } = settings().edits
    const past: Omit<PastEdit, 'id'> = {
      ...{ at: wallNow(clock), who, of: edit.of, name: edit.name, action: edit.kind, file, changes: effect.changes },
      ...(asked.kind === 'undo' && { undoes: asked.id }),
      ...backOf(prepared),
    }
    const id = await history.add(past, keep)
    const notCommitted = git ? await this.#commit(file, who, past) : undefined
    await reload()
    return { kind: 'made', id, ...effect, ...(notCommitted !== undefined && { notCommitted }) }
  }

  async #commit(file: string, who: string, { action, of, name }: Omit<PastEdit, 'id'>): Promise<string | undefined> {
    const { folder, log } = this.parts
    const why = await commitFile(folder, file, who, `${action} ${of} ${name}`)
    if (why !== undefined)
      log.warn(`the edit of ${file} is in force, but git has no commit (${why})`, { event: 'config.notCommitted', file, why })
    return why
  }
}
