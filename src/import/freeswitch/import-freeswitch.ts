import { fault, ok, type Result } from '../../foundation/result.js'
import { importedOf, type AgentFields, type Imported, type ImportRequest, type Written } from '../imported.js'
import { LeftOut } from '../left-out.js'
import { Lines } from '../lines.js'
import { Notes } from '../notes.js'
import { withSource } from '../source.js'
import { lineOf, Names } from '../texts.js'
import { unknownWay, type Way } from '../way.js'
import { agentsOf, type Agent } from './agents.js'
import { wayOf, type Extension } from './dialplan.js'
import { groupsOf } from './groups.js'
import { known, queueOf } from './queues.js'
import { readSite, type FreeswitchSite, type Parameters } from './site.js'

/** Reads the queues of FreeSWITCH's mod_callcenter, and the numbers in its dialplan. A fault is a sentence. */
export async function importFreeswitch(request: ImportRequest): Promise<Result<Imported>> {
  const { domain, pbx } = request
  if (domain === undefined) return fault('the SIP domain of the agents is needed: give it as --domain')
  return withSource(request.source, async source => {
    const notes = new Notes()
    const site = await readSite(source, notes)
    if (!site.ok) return site
    return ok(importedOf('FreeSWITCH', new Translation(site.value, domain, notes).parts(), { domain, pbx }, notes))
  })
}

/** Translates a site, queue by queue. */
class Translation {
  /** The name of each queue here by its name there. */
  readonly #names = new Map<string, string>()
  readonly #groupNames = new Names()
  readonly #agents: ReadonlyMap<string, Agent>
  readonly #tiers = new Map<string, Parameters[]>()
  readonly #extensions = new Map<string, Extension[]>()
  readonly #leftOut: LeftOut
  readonly #lines: Lines

  constructor(
    private readonly site: FreeswitchSite,
    private readonly domain: string,
    private readonly notes: Notes,
  ) {
    const names = new Names()
    for (const old of site.queues.keys()) this.#names.set(old, this.#nameOf(old, names))
    this.#agents = agentsOf(site.agents, domain, notes)
    for (const tier of site.tiers) filed(this.#tiers, tier.get('queue') ?? '', tier)
    for (const extension of site.extensions) filed(this.#extensions, extension.queue, extension)
    this.#leftOut = new LeftOut(known, notes)
    this.#lines = new Lines(domain, notes)
  }

  parts() {
    const [groups, queues, workflows]: [Written[], Written[], Written[]] = [[], [], []]
    for (const [old, name] of this.#names) {
      const own = this.#one(old, name)
      groups.push(...own.groups)
      queues.push(own.queue)
      workflows.push(own.workflow)
    }
    this.#leftOut.end()
    const agents = new Map<string, AgentFields>()
    for (const { uri, user, wrapUp } of this.#agents.values())
      agents.set(uri, {
        name: lineOf(this.site.people.get(user), 128),
        wrapUp: wrapUp === 0 ? undefined : `${Math.min(wrapUp, 3_600)}s`,
      })
    return { agents, groups, queues, workflows }
  }

  #one(old: string, name: string) {
    const params: Parameters = this.site.queues.get(old) ?? new Map()
    const tiers = this.#tiers.get(old) ?? []
    const groups = groupsOf({ name, old, params }, tiers, this.#agents, this.#groupNames, this.notes)
    for (const [key, value] of params) this.#leftOut.take(key, value, name)
    this.#musicOf(params, name)
    const found = this.#extensions.get(old) ?? []
    const names = groups.map(group => group.name)
    const way = this.#wayOf(found.find(({ numbers }) => numbers.length > 0) ?? found[0])
    const numbers = found.flatMap(extension => extension.numbers)
    const [user = ''] = old.split('@', 1)
    return {
      groups,
      queue: { name, fields: queueOf(name, params, names, way, this.notes) },
      workflow: this.#lines.one({ name, old: user, numbers, isNumbered: false }),
    }
  }

  #wayOf(extension: Extension | undefined): Way {
    return extension ? wayOf(extension.next, this.#names, this.domain) : unknownWay('the dialplan says where the call goes then')
  }

  /** `support` of `support@default`, if no other queue has this name. */
  #nameOf(old: string, names: Names): string {
    const [user = ''] = old.split('@', 1)
    const name = names.free(lineOf(user, 128) ?? 'Queue')
    if (name !== user.trim())
      this.notes.changed(
        'queue',
        name,
        'name',
        `the name was '${old}'`,
        'names are unique, and are one line of 1 to 128 characters',
      )
    return name
  }

  #musicOf(params: Parameters, name: string): void {
    const music = params.get('moh-sound') ?? ''
    if (music === '' || /^(?:\$\$\{hold_music\}|local_stream:\/\/(?:moh|default))$/.test(music)) return
    this.notes.lost(
      'workflow',
      name,
      'musicOnHold',
      `the music ${music} is left out`,
      'copy a WAV file of it to prompts/, and name it here',
    )
  }
}

function filed<T>(all: Map<string, T[]>, key: string, each: T): void {
  const before = all.get(key)
  if (before) before.push(each)
  else all.set(key, [each])
}
