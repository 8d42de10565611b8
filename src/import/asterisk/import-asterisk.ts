import { fault, ok, type Result } from '../../foundation/result.js'
import { importedOf, type AgentFields, type Imported, type ImportRequest, type Written } from '../imported.js'
import { Lines } from '../lines.js'
import { Notes } from '../notes.js'
import { withSource } from '../source.js'
import { lineOf, Names } from '../texts.js'
import { groupsOf } from './groups.js'
import { membersOf } from './members.js'
import { Others } from './others.js'
import { queueOf } from './queues.js'
import type { Section } from './sections.js'
import { readSite, type AsteriskSite } from './site.js'
import { QueueValues } from './values.js'
import { entriesOf, freepbxWay, noWay, type Entry, type Targets, type TimedWay } from './ways.js'

/** Reads the queues of Asterisk or FreePBX: `queues.conf` or FreePBX's tables, and beside it what tells numbers and names. A fault is a sentence. */
export async function importAsterisk(request: ImportRequest): Promise<Result<Imported>> {
  const { domain, pbx } = request
  if (domain === undefined) return fault("Asterisk's files have no SIP domain: give it as --domain")
  return withSource(request.source, async source => {
    const notes = new Notes()
    const site = await readSite(source, notes)
    if (!site.ok) return site
    const parts = new Translation(site.value, domain, notes).parts()
    return ok(importedOf('Asterisk', parts, { domain, pbx }, notes))
  })
}

/** A queue of the export with the name that it gets. */
interface Named {
  readonly section: Section
  readonly name: string
}

/** Translates a site, queue by queue. */
class Translation {
  readonly #queues: readonly Named[]
  readonly #targets: Targets
  readonly #entries: ReadonlyMap<string, Entry>
  readonly #lines: Lines
  readonly #others: Others
  readonly #groupNames = new Names()
  readonly #agents = new Map<string, AgentFields>()

  constructor(
    private readonly site: AsteriskSite,
    domain: string,
    private readonly notes: Notes,
  ) {
    const names = new Names()
    this.#queues = site.queues.map(section => ({ section, name: this.#nameOf(section, names) }))
    const queues = new Map(this.#queues.map(({ section, name }) => [section.name.toLowerCase(), name]))
    this.#targets = { queues, domain }
    this.#entries = entriesOf(site.dialplan ?? [], this.#targets)
    this.#lines = new Lines(domain, notes)
    this.#others = new Others(notes)
  }

  parts() {
    const [groups, queues, workflows]: [Written[], Written[], Written[]] = [[], [], []]
    this.#others.general(this.site.general)
    for (const queue of this.#queues) {
      const own = this.#one(queue)
      groups.push(...own.groups)
      queues.push(own.queue)
      workflows.push(own.workflow)
    }
    this.#others.end()
    this.#waits()
    return { agents: this.#agents, groups, queues, workflows }
  }

  #one({ section, name }: Named) {
    const values = new QueueValues(section.settings, name, this.notes)
    const members = membersOf(section.settings, name, this.#targets.domain, this.notes)
    for (const { uri, user, name: own } of members)
      this.#agents.set(uri, { name: this.#agents.get(uri)?.name ?? lineOf(own ?? this.site.people.get(user.toLowerCase()), 128) })
    const groups = groupsOf(values, members, this.#groupNames)
    const key = section.name.toLowerCase()
    const parts = { values, groups: groups.map(each => each.name), isInformal: members.length > 0, way: this.#wayOf(key) }
    this.#others.take(values)
    const numbers = this.#entries.get(key)?.numbers ?? []
    const workflow = this.#lines.one({ name, old: section.name, numbers, isNumbered: this.site.freepbx.rows.has(key) })
    this.#musicOf(values)
    return { groups, queue: { name, fields: queueOf(parts) }, workflow }
  }

  /** Files of music are not in the export. */
  #musicOf(values: QueueValues): void {
    const music = values.text('musicclass') ?? values.text('musiconhold') ?? values.text('music')
    if (music === undefined || music === 'default') return
    const folder = this.site.music.get(music)
    this.notes.lost(
      ...(['workflow', values.name, 'musicOnHold', `the music class '${music}' is left out`] as const),
      `copy one of its files${folder === undefined ? '' : ` (${folder})`} to prompts/ as WAV, and name it here`,
    )
  }

  #wayOf(key: string): TimedWay {
    const row = this.site.freepbx.rows.get(key)
    if (row) return freepbxWay(row.get('maxwait') ?? '', row.get('dest') ?? '', key, this.#targets)
    return this.#entries.get(key) ?? noWay
  }

  /** FreePBX calls a queue by its number, and describes it. */
  #nameOf({ name: old }: Section, names: Names): string {
    const described = this.site.freepbx.rows.get(old)?.get('descr') ?? ''
    const wanted = described === '' ? old : described
    const name = names.free(lineOf(wanted, 128) ?? 'Queue')
    if (name !== wanted.trim())
      this.notes.changed(
        'queue',
        name,
        'name',
        `the name was '${wanted}'`,
        'names are unique, and are one line of 1 to 128 characters',
      )
    return name
  }

  /** Only the dialplan or FreePBX's table says how long callers wait. */
  #waits(): void {
    if (
      this.#queues.every(
        ({ section }) => this.site.freepbx.rows.has(section.name) || this.#entries.has(section.name.toLowerCase()),
      )
    )
      return
    const remedy =
      "the fifth parameter of Queue() in extensions.conf, or FreePBX's Max Wait Time, is the time: write it as timeout in queues.yaml"
    this.notes.lost(
      'site',
      '',
      undefined,
      'the export does not say for each queue how long callers wait and where they go then',
      remedy,
    )
  }
}
