import { readTimeZone } from '../../config/moments.js'
import { numberKey, workflowNumberForm } from '../../config/numbers.js'
import { lineOf, Names, sipUriOf, slugOf } from '../texts.js'
import { actionOf, promptOf } from './actions.js'
import type { Draft, WithName } from './draft.js'
import type { Week } from './hours.js'
import { Questions } from './questions.js'
import type { LyncWorkflow } from './site.js'

type Fields = Readonly<Record<string, unknown>>

/** A queue that a workflow needs because its own action is neither a queue nor a question. */
interface AddedQueue {
  readonly name: string
  readonly fields: Fields
}

export interface WrittenWorkflows {
  readonly workflows: readonly { readonly name: string; readonly fields: Fields }[]
  readonly queues: readonly AddedQueue[]
}

/** Translates workflows one by one, and keeps what only one of them may have. */
export class Workflows {
  readonly #users = new Names()
  /** The workflow of each number. The user part of a URI is a number too if it looks like one. */
  readonly #numbers = new Map<string, string>()
  readonly #queues: AddedQueue[] = []

  constructor(
    private readonly draft: Draft,
    /** The weeks of hours that only one workflow uses, by identity. */
    private readonly ownWeeks: ReadonlyMap<string, Week>,
    private readonly queueNames: Names,
  ) {}

  all(workflows: readonly WithName<LyncWorkflow>[]): WrittenWorkflows {
    // All addresses come before the first number, because a number must not be the address of a later workflow.
    const addressed = workflows.map(each => ({ ...each, uri: this.#uri(each.part, each.name) }))
    return { workflows: addressed.map(each => ({ name: each.name, fields: this.#one(each) })), queues: this.#queues }
  }

  #one({ part, name, uri }: WithName<LyncWorkflow> & { readonly uri: string }): Fields {
    const place = (field: string) => ({ of: 'workflow' as const, name, field })
    const number = this.#number(part, name)
    const hours = this.#hours(part, name)
    const holidays = this.#holidays(part, name)
    const isOpenQuestion = part.action?.kind === 'transfertoquestion' && part.action.question !== undefined
    const entry = isOpenQuestion ? { question: this.#question(part, name) } : { queue: this.#queue(part, name) }
    this.#remarks(part, name)
    return {
      name,
      description: lineOf(part.description, 1_024),
      uri,
      number,
      displayNumber: lineOf(part.displayNumber, 64),
      ...(part.active === false && { active: false }),
      type: isOpenQuestion ? 'interactive' : 'huntGroup',
      ...(part.anonymous === true && { anonymous: true }),
      language: languageOf(part.language) ?? this.#noLanguage(part, name),
      timeZone: this.#timeZone(part, name),
      welcome: promptOf(part.action?.prompt, place('welcome'), this.draft),
      hours,
      ...(hours !== undefined && part.closed && { closed: this.#farewell(part.closed, place('closed')) }),
      holidays,
      ...(holidays !== undefined && part.holiday && { holiday: this.#farewell(part.holiday, place('holiday')) }),
      musicOnHold: promptOf(part.music && { words: undefined, sound: part.music }, place('musicOnHold'), this.draft),
      ...entry,
    }
  }

  /** A prompt and the action after it, as `closed` and `holiday` write them. */
  #farewell(action: LyncWorkflow['closed'], place: Parameters<typeof actionOf>[1]): Fields {
    const { prompt, ...then } = actionOf(action, place, this.draft)
    return { ...(prompt !== undefined && { prompt }), action: then }
  }

  #uri({ uri: text }: LyncWorkflow, name: string): string {
    const { domain, notes } = this.draft
    const uri = sipUriOf(text)
    const wanted = uri?.user === undefined ? `sip:${slugOf(name, 'workflow')}@${domain}` : uri.text
    // User parts of one host are compared in any case, and without parameters.
    const bare = wanted.replace(/[;?].*$/, '').toLowerCase()
    const key = numberKey(/:([^@]*)@/.exec(bare)?.[1] ?? '')
    const isTaken = this.#numbers.has(key)
    const free = this.#users.free(isTaken ? bare.replace('@', '-2@') : bare, (taken, index) => taken.replace('@', `-${index}@`))
    if (!isTaken) this.#numbers.set(key, name)
    const written = free === bare ? wanted : free
    if (uri?.user === undefined)
      notes.changed(
        'workflow',
        name,
        'uri',
        `the address was '${text ?? ''}' and is ${written}`,
        'each workflow has a SIP URI with a user part',
      )
    else if (free !== bare)
      notes.lost(
        'workflow',
        name,
        'uri',
        `another workflow has the address ${wanted}, too`,
        `calls for ${wanted} reach that one; this one got ${written}`,
      )
    return written
  }

  #number({ line }: LyncWorkflow, name: string): string | undefined {
    if (line === undefined) return undefined
    const number = line
      .replace(/^(?:tel|sips?):/i, '')
      .replace(/@.*$/, '')
      .replace(/[\s.()-]/g, '')
      .replace(/;(?!ext=)[^;]*/gi, '')
    const lost = (what: string, remedy: string): undefined => void this.draft.notes.lost('workflow', name, 'number', what, remedy)
    if (!workflowNumberForm.test(number))
      return lost(`its line '${line}' is not a number`, 'write it as "+14255550100", "+14255550100;ext=4001" or "4001"')
    const owner = this.#numbers.get(numberKey(number))
    if (owner !== undefined && owner !== name)
      return lost(`another workflow has the number ${number}, too`, 'a number leads to one workflow; give this one another')
    this.#numbers.set(numberKey(number), name)
    return number
  }

  #timeZone({ timeZone }: LyncWorkflow, name: string): string | undefined {
    if (timeZone === undefined) return undefined
    const zone = readTimeZone(timeZone)
    if (zone.ok) return zone.value
    this.draft.notes.lost(
      'workflow',
      name,
      'timeZone',
      `the time zone '${timeZone}' is not known`,
      'write a zone such as Europe/Paris; until then hours and holidays are read in UTC',
    )
    return undefined
  }

  #hours({ hours: id }: LyncWorkflow, name: string): string | Week | undefined {
    if (id === undefined) return undefined
    const found = this.ownWeeks.get(id) ?? this.draft.names.hours.get(id)
    if (found === undefined)
      this.draft.notes.lost(
        'workflow',
        name,
        'hours',
        `its hours (${id}) are not in the export`,
        'write them; until then it is always open',
      )
    return found
  }

  #holidays({ holidaySets }: LyncWorkflow, name: string): readonly string[] | undefined {
    const found = new Set<string>()
    for (const id of holidaySets) {
      const set = this.draft.names.holidays.get(id)
      if (set === undefined)
        this.draft.notes.lost(
          'workflow',
          name,
          'holidays',
          `a set of holidays (${id}) is not in the export`,
          'write it to holidays.yaml and name it here',
        )
      else found.add(set)
    }
    return found.size === 0 ? undefined : [...found]
  }

  #noLanguage({ language }: LyncWorkflow, name: string): undefined {
    if (language !== undefined)
      this.draft.notes.lost(
        'workflow',
        name,
        'language',
        `the language '${language}' is not known`,
        'write a language such as en-US; until then it is en-US',
      )
    return undefined
  }

  #question({ action }: LyncWorkflow, name: string): Fields {
    return new Questions(this.draft, name).written(action?.question ?? null)
  }

  /** The queue of a hunt group. For any other action a queue without agents has this action. */
  #queue({ action }: LyncWorkflow, name: string): string {
    const { names, notes } = this.draft
    const found = action?.kind === 'transfertoqueue' ? names.queues.get(action.queue ?? '') : undefined
    if (found !== undefined) return found
    const queue = this.queueNames.free(name)
    // The prompt is the welcome of the workflow.
    const then = actionOf(action && { ...action, prompt: undefined }, { of: 'workflow', name, field: 'queue' }, this.draft)
    notes.changed(
      'workflow',
      name,
      'queue',
      `the queue '${queue}' was added: it has no agents, and its action is what the workflow did`,
      'each workflow leads to a queue or a question',
    )
    this.#queues.push({ name: queue, fields: { name: queue, groups: [], noAgents: { action: then } } })
    return queue
  }

  /** What Carillon keeps elsewhere. */
  #remarks({ managed, managers, federated }: LyncWorkflow, name: string): void {
    const { notes } = this.draft
    if (managed === true && managers.length === 0)
      notes.lost(
        'workflow',
        name,
        undefined,
        'it is managed, and the export names no manager',
        'add a user with the role manager to users.yaml',
      )
    if (federated === true)
      notes.changed(
        'workflow',
        name,
        undefined,
        'federated partners could call it',
        'your PBX decides which calls from outside it sends to Carillon',
      )
  }
}

/** The language in its usual form. Undefined: there is none, or it is not known. */
export function languageOf(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : Intl.getCanonicalLocales(text.replaceAll('_', '-'))[0]
  } catch {
    // The runtime throws if the text is not a tag. The caller writes a note.
    return undefined
  }
}
