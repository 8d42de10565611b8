import { fault, ok, type Result } from '../../foundation/result.js'
import { readCsv, type Row } from '../csv.js'
import type { Notes } from '../notes.js'
import type { ImportSource } from '../source.js'
import { decoded, elementsOf, inside, readXml, withoutEntities, type Element } from '../xml.js'
import { extensionsOf, type Extension } from './dialplan.js'

/** The attributes or parameters of a thing, by name in lower case with hyphens. */
export type Parameters = ReadonlyMap<string, string>

/** What an export of mod_callcenter has. Names are as they are there, such as `support@default`. */
export interface FreeswitchSite {
  readonly queues: ReadonlyMap<string, Parameters>
  readonly agents: ReadonlyMap<string, Parameters>
  readonly tiers: readonly Parameters[]
  readonly extensions: readonly Extension[]
  /** The names of people by the name of their phone. */
  readonly people: ReadonlyMap<string, string>
}

/** The most XML files that are read. */
const mostFiles = 200
/** In bytes, of all these files together. */
const mostBytes = 24 * 1_024 * 1_024

/** Reads each XML file, and the lists that `fs_cli` prints. A fault is a sentence. */
export async function readSite(source: ImportSource, notes: Notes): Promise<Result<FreeswitchSite>> {
  const site = new Site()
  let [files, bytes] = [0, 0]
  for (const name of source.names.filter(each => /\.(?:xml|fsxml|[ct]sv|txt)$/i.test(each))) {
    const read = await source.read(name)
    files += 1
    if (read.ok) bytes += read.value.length
    if (files > mostFiles || bytes > mostBytes)
      return fault('it has too many files: copy only callcenter.conf.xml and the dialplan into the folder')
    const taken = read.ok ? takeFile(name, read.value, site) : read
    if (!taken.ok) notes.lost('site', '', undefined, `${name} ${taken.fault}`, 'export it again, or write by hand what it had')
  }
  if (site.queues.size === 0)
    return fault('it has no queue of mod_callcenter: callcenter.conf.xml, or the list of the command callcenter_config')
  return ok(site)
}

function takeFile(name: string, bytes: Buffer, site: Site): Result<undefined> {
  if (/xml$/i.test(name)) {
    const text = decoded(bytes)
    const elements = readXml(text)
    if (elements.ok) for (const element of elements.value) site.take(element)
    // A folder of FreeSWITCH has pieces of XML that are no whole documents. Only those about queues matter.
    return elements.ok || !text.includes('callcenter') ? ok(undefined) : elements
  }
  const rows = readCsv(bytes)
  if (rows.ok) for (const row of rows.value) site.row(row)
  return rows.ok ? ok(undefined) : rows
}

class Site implements FreeswitchSite {
  readonly queues = new Map<string, Parameters>()
  readonly agents = new Map<string, Parameters>()
  readonly tiers: Parameters[] = []
  readonly extensions: Extension[] = []
  readonly people = new Map<string, string>()

  /** Looks at an element and at all that is in it. */
  take(element: Element): void {
    if (!this.#isTaken(element)) for (const child of elementsOf(element.children)) this.take(child)
  }

  #isTaken(element: Element): boolean {
    const attributes = attributesOf(element)
    const name = attributes.get('name') ?? ''
    switch (element.name) {
      case 'queue':
        if (name !== '') this.queues.set(name, paramsOf(element))
        return name !== ''
      case 'agent':
        if (name !== '' && attributes.has('contact')) this.agents.set(name, attributes)
        return true
      case 'tier':
        this.tiers.push(attributes)
        return true
      case 'user':
        this.#person(attributes.get('id') ?? '', element)
        return true
      case 'extension':
        this.extensions.push(...extensionsOf(element))
        return true
      default:
        return false
    }
  }

  /** `<variable name="effective_caller_id_name" value="Alice Adams"/>` of a phone. */
  #person(id: string, element: Element): void {
    const variables = inside(element, 'variable').map(attributesOf)
    const name = variables.find(each => each.get('name') === 'effective_caller_id_name')?.get('value') ?? ''
    if (name !== '' && !name.includes('$')) this.people.set(id, name)
  }

  /** A row of `callcenter_config queue list`, `agent list` or `tier list`. */
  row(row: Row): void {
    const parameters = new Map([...row].map(([key, value]) => [key.replaceAll('_', '-'), value === '(null)' ? '' : value]))
    const [name = '', queue = ''] = [parameters.get('name'), parameters.get('queue')]
    if (queue !== '' && parameters.get('agent')) this.tiers.push(parameters)
    else if (name !== '' && parameters.get('contact')) this.agents.set(name, parameters)
    else if (name !== '' && parameters.get('strategy')) this.queues.set(name, withoutState(parameters))
  }
}

/** The name, and columns that count what happened, are no settings. */
const withoutState = (row: Parameters): Parameters => new Map([...row].filter(([key]) => !/^(?:name$|calls-)/.test(key)))

/** `<param name="strategy" value="ring-all"/>` of a queue. */
const paramsOf = ({ children }: Element): Parameters =>
  new Map(
    elementsOf(children)
      .filter(({ name }) => name === 'param')
      .map(attributesOf)
      .map(param => [(param.get('name') ?? '').toLowerCase(), param.get('value') ?? '']),
  )

const attributesOf = ({ attributes }: Element): Parameters =>
  new Map(
    Object.entries(attributes).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'string' ? withoutEntities(value).trim() : '',
    ]),
  )
