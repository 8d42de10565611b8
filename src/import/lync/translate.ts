import { remarksOf } from '../imported.js'
import type { Notes, Subject } from '../notes.js'
import type { SiteParts } from '../site-files.js'
import type { Sound, TakenSounds } from '../sounds.js'
import { lineOf, Names, sipUriOf } from '../texts.js'
import type { Tree } from '../tree.js'
import type { Entry } from '../yaml-files.js'
import { byIdentity, isPrivate, named, type Draft, type WithName } from './draft.js'
import { groupsOf } from './groups.js'
import { holidaysOf, weekOf, type Week } from './hours.js'
import { queuesOf } from './queues.js'
import { questionOf, type LyncAction, type LyncHours, type LyncPrompt, type LyncSite } from './site.js'
import { languageOf, Workflows } from './workflows.js'

type Fields = Readonly<Record<string, unknown>>

/** Translates a site to what the config writes. `from` is the product, such as `Lync`. Never fails: what can't be translated is a note. */
export function translateSite(from: string, site: LyncSite, sounds: TakenSounds, domain: string, notes: Notes): SiteParts {
  const queueNames = new Names()
  const [groups, queues] = [named(site.groups, 'group', notes), named(site.queues, 'queue', notes, queueNames)]
  const workflows = named(site.workflows, 'workflow', notes)
  const holidaySets = named(site.holidaySets, 'holidays', notes)
  const own = ownHours(site)
  const sharedHours = named(
    site.hours.filter(({ id }) => id === undefined || !own.has(id)),
    'hours',
    notes,
  )
  const names = {
    groups: byIdentity(groups),
    queues: byIdentity(queues),
    hours: byIdentity(sharedHours),
    holidays: byIdentity(holidaySets),
  }
  const draft: Draft = { site, sounds, notes, domain, names }
  const written = groupsOf(groups, draft)
  const translator = new Workflows(draft, ownWeeks(own, workflows, draft), queueNames)
  const dialled = translator.all(workflows)
  const allQueues = [...queuesOf(queues, languagesOf(site), draft), ...dialled.queues]
  const holidays = holidaySets.map(set => ({ name: set.name, fields: holidaysOf(set, draft) }))
  const managers = managersOf(workflows, notes)
  const hours = sharedHours.map(({ part, name }) => ({
    name,
    fields: { name, week: weekOf(part, { of: 'hours', name }, draft) },
  }))
  const entries = (of: Subject, all: readonly { readonly name: string; readonly fields: Fields }[]): Entry[] =>
    all.map(({ name, fields }) => ({ fields, remarks: remarksOf(from, notes, of, name) }))
  return {
    agents: agentsOf(
      written.flatMap(group => group.agents),
      site.people,
    ),
    groups: entries('group', written),
    queues: entries('queue', allQueues),
    workflows: entries('workflow', dialled.workflows),
    hours: entries('hours', hours),
    holidays: entries('holidays', holidays),
    lists: written.flatMap(({ list }) => list ?? []),
    managers,
  }
}

/** The hours that only one workflow uses, and that Lync made for it. */
function ownHours({ hours, workflows }: LyncSite): ReadonlyMap<string, LyncHours> {
  const uses = new Map<string, number>()
  for (const { hours: id } of workflows) if (id !== undefined) uses.set(id, (uses.get(id) ?? 0) + 1)
  return new Map(
    hours.flatMap(each =>
      each.id !== undefined && isPrivate(each.name) && uses.get(each.id) === 1 ? [[each.id, each] as const] : [],
    ),
  )
}

function ownWeeks(
  own: ReadonlyMap<string, LyncHours>,
  workflows: readonly WithName<{ readonly hours: string | undefined }>[],
  draft: Draft,
): ReadonlyMap<string, Week> {
  const weeks = new Map<string, Week>()
  for (const { part, name } of workflows) {
    const hours = own.get(part.hours ?? '')
    if (hours?.id !== undefined) weeks.set(hours.id, weekOf(hours, { of: 'workflow', name }, draft))
  }
  return weeks
}

/** The language of the first workflow that leads to each queue, if it is not the default. Queues of Lync have none of their own. */
function languagesOf({ workflows }: LyncSite): ReadonlyMap<string, string> {
  const languages = new Map<string, string>()
  for (const { action, language, closed, holiday } of workflows) {
    const known = languageOf(language)
    if (known === undefined || known === 'en-US') continue
    for (const each of [action, closed, holiday])
      for (const { queue } of actionsUnder(each)) if (queue !== undefined && !languages.has(queue)) languages.set(queue, known)
  }
  return languages
}

/** The most actions that are looked at, from one action on. */
const mostActions = 20_000

/** An action, and all actions to which the answers of its question lead. */
function actionsUnder(action: LyncAction | undefined): readonly LyncAction[] {
  const found: LyncAction[] = []
  const next = action ? [action] : []
  for (let each = next.pop(); each && found.length < mostActions; each = next.pop()) {
    found.push(each)
    if (each.question !== undefined) next.push(...questionOf(each.question).answers.flatMap(answer => answer.action ?? []))
  }
  return found
}

/** Each sound that a site plays. */
export function soundsOf({ queues, workflows }: LyncSite): readonly Sound[] {
  const ofPrompt = (prompt: LyncPrompt | undefined): Sound[] => (prompt?.sound ? [prompt.sound] : [])
  const ofQuestion = (tree: Tree): Sound[] => {
    const { prompt, invalid, noAnswer } = questionOf(tree)
    return [prompt, invalid, noAnswer].flatMap(ofPrompt)
  }
  const ofAction = (action: LyncAction | undefined): Sound[] =>
    actionsUnder(action).flatMap(each => [
      ...ofPrompt(each.prompt),
      ...(each.question === undefined ? [] : ofQuestion(each.question)),
    ])
  return [
    ...queues.flatMap(({ timeout, overflow }) => [...ofAction(timeout.action), ...ofAction(overflow.action)]),
    ...workflows.flatMap(({ action, closed, holiday, music }) => [
      ...[action, closed, holiday].flatMap(ofAction),
      ...(music ? [music] : []),
    ]),
  ]
}

function agentsOf(uris: readonly string[], people: ReadonlyMap<string, string>): readonly Entry[] {
  return [...new Set(uris)].map(uri => ({
    fields: { uri, name: lineOf(people.get(uri.toLowerCase()), 128) },
    remarks: [],
  }))
}

function managersOf(
  workflows: readonly WithName<{ readonly managers: readonly string[] }>[],
  notes: Notes,
): SiteParts['managers'] {
  const managed = new Map<string, { readonly user: string; readonly uri: string; readonly workflows: string[] }>()
  const users = new Names()
  for (const { part, name } of workflows)
    for (const text of new Set(part.managers)) {
      const uri = sipUriOf(text)
      if (uri?.user === undefined) {
        notes.lost(
          'workflow',
          name,
          undefined,
          `its manager '${text}' has no SIP URI`,
          'add a user with the role manager to users.yaml',
        )
        continue
      }
      const known = managed.get(uri.text)
      if (known) known.workflows.push(name)
      else managed.set(uri.text, { user: users.free(uri.user.slice(0, 56)), uri: uri.text, workflows: [name] })
    }
  for (const { user, workflows: own } of managed.values())
    for (const name of own)
      notes.lost(
        'workflow',
        name,
        undefined,
        `its manager ${user} has no log-in here`,
        'make a password (carillon hash-password) and remove the # from the entry in users.yaml',
      )
  return [...managed.values()]
}
