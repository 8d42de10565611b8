import { readTimeZone } from '../../config/moments.js'
import { numberKey, workflowNumberForm } from '../../config/numbers.js'
import { descriptionOf, lineOf, Names, sipUriOf, slugOf } from '../texts.js'
import { actionOf, promptOf, type Place } from './actions.js'
import type { Draft, WithName } from './draft.js'
import type { Week } from './hours.js'
import { Questions } from './questions.js'
import type { LyncAction, LyncWorkflow } from './site.js'

type Fields = Readonly<Record<string, unknown>>

/** A queue that a workflow needs because its own action is neither a queue nor a question. */
interface AddedQueue {
  readonly name: string
  readonly fields: Fields
}

interface WrittenWorkflows {
  readonly workflows: readonly { readonly name: string; readonly fields: Fields }[]
  readonly queues: readonly AddedQueue[]
}

/** Translates workflows one by one, and remembers their addresses and numbers, because no two workflows may have the same. */
export class Workflows {
  readonly #users = new Names()
  /** The workflow of each number and of each user part of a URI, because a user part may be a number too. */
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
    const number = this.#number(part, name)
    const question = part.action?.kind === 'transfertoquestion' ? part.action.question : undefined
    this.#remarks(part, name)
    return {
      name,
      description: descriptionOf(part.description, 'workflow', name, this.draft.notes),
      uri,
      number,
      displayNumber: lineOf(part.displayNumber, 64),
      active: part.active === false ? false : undefined,
      type: question === undefined ? 'huntGroup' : 'interactive',
      anonymous: part.anonymous === true ? true : undefined,
      language: this.#language(part, name),
      timeZone: this.#timeZone(part, name),
      welcome: promptOf(part.action?.prompt, { of: 'workflow', name, field: 'welcome' }, this.draft),
      ...this.#times(part, name),
      musicOnHold: promptOf(
        part.music && { words: undefined, sound: part.music },
        { of: 'workflow', name, field: 'musicOnHold' },
        this.draft,
      ),
      ...(question === undefined
        ? { queue: this.#queue(part, name) }
        : { question: new Questions(this.draft, name).written(question) }),
    }
  }

  /** The opening hours and holidays, and what happens outside the hours and on holidays. */
  #times(part: LyncWorkflow, name: string): Fields {
    const [hours, holidays] = [this.#hours(part, name), this.#holidays(part, name)]
    const { closed, holiday } = part
    return {
      hours,
      closed: hours === undefined || !closed ? undefined : this.#farewell(closed, { of: 'workflow', name, field: 'closed' }),
      holidays,
      holiday:
        holidays === undefined || !holiday ? undefined : this.#farewell(holiday, { of: 'workflow', name, field: 'holiday' }),
    }
  }

  /** A prompt and the action after it, as `closed` and `holiday` write them. */
  #farewell(action: LyncAction, place: Place): Fields {
    const { prompt, ...then } = actionOf(action, place, this.draft)
    return { ...(prompt !== undefined && { prompt }), action: then }
  }

  #uri({ uri: text }: LyncWorkflow, name: string): string {
    const { domain, notes } = this.draft
    const uri = sipUriOf(text)
    const { user, host } =
      uri?.user === undefined ? { user: slugOf(name, 'workflow'), host: domain } : { user: uri.user, host: uri.host }
    const wanted = uri?.user === undefined ? `sip:${user}@${host}` : uri.text
    // Addresses are compared without regard to case, and without parameters.
    const bare = `${user.toLowerCase()}@${host}`
    const isTaken = this.#numbers.has(numberKey(user))
    const free = this.#users.free(isTaken ? bare.replace('@', '-2@') : bare, (taken, index) => taken.replace('@', `-${index}@`))
    if (!isTaken) this.#numbers.set(numberKey(user), name)
    const written = free === bare ? wanted : `sip:${free}`
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
    const [user = ''] = line
      .slice(0, 200)
      .replace(/^(?:tel|sips?):/i, '')
      .split('@', 1)
    const number = user.replace(/[\s.()-]/g, '').replace(/;(?!ext=)[^;]*/gi, '')
    const owner = this.#numbers.get(numberKey(number))
    const isNumber = workflowNumberForm.test(number)
    if (isNumber && (owner === undefined || owner === name)) {
      this.#numbers.set(numberKey(number), name)
      return number
    }
    if (isNumber)
      this.draft.notes.lost(
        'workflow',
        name,
        'number',
        `another workflow has the number ${number}, too`,
        'a number leads to one workflow; give this one another',
      )
    else
      this.draft.notes.lost(
        'workflow',
        name,
        'number',
        `its line '${line}' is not a number`,
        'write it as "+14255550100", "+14255550100;ext=4001" or "4001"',
      )
    return undefined
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

  #language({ language }: LyncWorkflow, name: string): string | undefined {
    const known = languageOf(language)
    if (known === undefined && language !== undefined)
      this.draft.notes.lost(
        ...(['workflow', name, 'language'] as const),
        `the language '${language}' is not known`,
        'write a language such as en-US; until then it is en-US',
      )
    return known
  }

  /** The queue of a hunt group. If its action does not lead to a queue, a queue without agents is added that has this action. */
  #queue({ action }: LyncWorkflow, name: string): string {
    const { names, notes } = this.draft
    const found = action?.kind === 'transfertoqueue' ? names.queues.get(action.queue ?? '') : undefined
    if (found !== undefined) return found
    const queue = this.queueNames.free(name)
    // The prompt of the action is already the welcome of the workflow.
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

  /** Notes about settings that a workflow of Carillon does not have. */
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
