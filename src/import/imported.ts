import type { Note, Notes, Subject } from './notes.js'
import { siteFiles, type ServerParts } from './site-files.js'
import type { Entry } from './yaml-files.js'

export interface ImportRequest {
  /** A ZIP, a folder or one file of the export. */
  readonly source: string
  /** The folder in which sounds are written. The other files are returned. */
  readonly folder: string
  /** Undefined: the export must name it. */
  readonly domain: string | undefined
  readonly pbx: ServerParts['pbx']
  /** The program that converts sounds. */
  readonly ffmpeg: string
}

/** The outcome of an import. */
export interface Imported {
  /** The text of each file of the config, by name. */
  readonly files: ReadonlyMap<string, string>
  /** The sounds that were written, by their names in the config folder. */
  readonly sounds: readonly string[]
  /** What was taken over: the names of each kind. */
  readonly taken: Readonly<Record<'agents' | 'groups' | 'queues' | 'workflows' | 'hours' | 'holidays', readonly string[]>>
  readonly notes: Notes
}

/** A group, queue, workflow or set as the config writes it. */
export interface Written {
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface AgentFields {
  readonly name: string | undefined
  readonly wrapUp?: string | undefined
}

/** The parts of a site. Exports other than Lync's have no lists and no managers. */
interface WrittenSite {
  /** The agents by URI. */
  readonly agents: ReadonlyMap<string, AgentFields>
  readonly groups: readonly Written[]
  readonly queues: readonly Written[]
  readonly workflows: readonly Written[]
  readonly hours?: readonly Written[]
  readonly holidays?: readonly Written[]
}

/** Writes the files of a site. Call it after the last note, because notes become comments. `from` is the product, such as `Asterisk`. */
export function importedOf(from: string, site: WrittenSite, server: ServerParts, notes: Notes): Imported {
  askForPbx(server.pbx, notes)
  const { agents, groups, queues, workflows, hours = [], holidays = [] } = site
  const entries = (of: Subject, all: readonly Written[]): Entry[] =>
    all.map(({ name, fields }) => ({ fields, remarks: remarksOf(from, notes, of, name) }))
  const names = (all: readonly Written[]): readonly string[] => all.map(({ name }) => name)
  const parts = {
    agents: [...agents].map(([uri, { name, wrapUp }]) => ({
      fields: { uri, name, wrapUp },
      remarks: remarksOf(from, notes, 'agent', uri),
    })),
    groups: entries('group', groups),
    queues: entries('queue', queues),
    workflows: entries('workflow', workflows),
    hours: entries('hours', hours),
    holidays: entries('holidays', holidays),
    lists: [],
    managers: [],
  }
  return {
    files: siteFiles(from, parts, server),
    sounds: [],
    taken: {
      agents: [...agents.keys()],
      groups: names(groups),
      queues: names(queues),
      workflows: names(workflows),
      hours: names(hours),
      holidays: names(holidays),
    },
    notes,
  }
}

/** The notes about one thing as comments beside it. `from` is the product, such as `Lync`. */
export const remarksOf = (from: string, notes: Notes, of: Subject, name: string): Entry['remarks'] =>
  notes.about(of, name).map(({ field, kind, what, then }: Note) => ({
    field,
    words: kind === 'changed' ? `${from}: ${what}.` : `TODO: ${what}: ${then}.`,
  }))

/** No export names the PBX, so the admin must. */
export function askForPbx(pbx: ServerParts['pbx'], notes: Notes): void {
  if (pbx) return
  const remedy = 'give its address as --pbx, or write sip.trustedPeers and sip.outboundProxy'
  notes.lost('site', '', undefined, 'no export names the PBX', remedy)
}
