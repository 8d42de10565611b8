import { fault, ok, type Result } from '../../foundation/result.js'
import { readCsv, type Row } from '../csv.js'
import type { Notes } from '../notes.js'
import type { ImportSource } from '../source.js'
import { readConf } from './conf-file.js'
import { freepbxOf, type FreepbxTables } from './freepbx.js'
import type { Section } from './sections.js'

/** What an export of Asterisk or FreePBX has. */
export interface AsteriskSite {
  readonly queues: readonly Section[]
  /** The sections `general` of queues.conf. */
  readonly general: readonly Section[]
  /** The contexts of extensions.conf. Undefined: the file is not in the export. */
  readonly dialplan: readonly Section[] | undefined
  /** The names of people by the name of their phone or the number of their mailbox. */
  readonly people: ReadonlyMap<string, string>
  /** The folder of each class of music. */
  readonly music: ReadonlyMap<string, string>
  readonly freepbx: FreepbxTables
}

const isGeneral = ({ name }: Section): boolean => name.toLowerCase() === 'general'

/** Reads the files that an import needs. A fault is a sentence. */
export async function readSite(source: ImportSource, notes: Notes): Promise<Result<AsteriskSite>> {
  const read = async (file: string): Promise<Result<readonly Section[]> | undefined> => {
    // Of several files of the name, the one that is not in a folder of old copies.
    const [name] = source.names
      .filter(each => each === file || each.endsWith(`/${file}`))
      .sort((one, other) => one.length - other.length)
    return name === undefined ? undefined : readConf(source, name, notes)
  }
  const [conf, freepbx] = [await read('queues.conf'), freepbxOf(await tablesOf(source, notes))]
  if (conf?.ok === false) return conf
  const sections = firstOfEachName(conf?.value ?? [], notes)
  const own = sections.filter(each => !isGeneral(each))
  const names = new Set(own.map(({ name }) => name.toLowerCase()))
  const queues = [...own, ...freepbx.queues.filter(({ name }) => !names.has(name.toLowerCase()))]
  if (!conf && freepbx.queues.length === 0)
    return fault("it has neither a queues.conf nor a CSV file of FreePBX's table queues_details")
  if (queues.length === 0) return fault('queues.conf has no queues')
  const others = async (file: string): Promise<readonly Section[] | undefined> => {
    const more = await read(file)
    if (more?.ok === false) notes.lost('site', '', undefined, more.fault, 'export it again, or write by hand what it had')
    return more?.ok === true ? more.value : undefined
  }
  return ok({
    queues,
    general: sections.filter(isGeneral),
    dialplan: await others('extensions.conf'),
    people: new Map([
      ...callersOf((await others('sip.conf')) ?? []),
      ...callersOf((await others('pjsip.conf')) ?? []),
      ...mailboxesOf((await others('voicemail.conf')) ?? []),
      ...freepbx.people,
    ]),
    music: foldersOf((await others('musiconhold.conf')) ?? []),
    freepbx,
  })
}

/** Asterisk reads only the first queue of a name. */
function firstOfEachName(sections: readonly Section[], notes: Notes): readonly Section[] {
  const names = new Set<string>()
  return sections.filter(section => {
    const key = section.name.toLowerCase()
    if (isGeneral(section) || !names.has(key)) {
      names.add(key)
      return true
    }
    notes.changed(
      'site',
      '',
      undefined,
      `the queue '${section.name}' is twice in queues.conf`,
      'only the first counts, as in Asterisk',
    )
    return false
  })
}

/** `1001 => PIN,Alice Smith,…`. The PIN is not kept. */
const mailboxesOf = (sections: readonly Section[]): readonly (readonly [string, string])[] =>
  sections
    .filter(each => !isGeneral(each) && each.name.toLowerCase() !== 'zonemessages')
    .flatMap(({ settings }) =>
      settings.flatMap(({ key, value }) => {
        const name = value.split(',', 2)[1]?.trim() ?? ''
        return name === '' ? [] : [[key, name] as const]
      }),
    )

/** `callerid = Alice Smith <1001>` of a phone. Sections of the same name are parts of one phone. */
const callersOf = (sections: readonly Section[]): readonly (readonly [string, string])[] =>
  sections.flatMap(({ name, settings }) =>
    settings.flatMap(({ key, value }) => {
      const [spoken = ''] = key === 'callerid' ? value.split('<', 1) : []
      const plain = spoken.replaceAll('"', '').trim()
      return plain === '' ? [] : [[name.toLowerCase(), plain] as const]
    }),
  )

const foldersOf = (sections: readonly Section[]): ReadonlyMap<string, string> =>
  new Map(
    sections.flatMap(({ name, settings }) =>
      settings.filter(({ key }) => key === 'directory').map(({ value }) => [name, value] as const),
    ),
  )

/** The rows of each table. */
async function tablesOf(source: ImportSource, notes: Notes): Promise<readonly (readonly Row[])[]> {
  const tables: (readonly Row[])[] = []
  for (const name of source.names.filter(each => /\.[ct]sv$/i.test(each))) {
    const bytes = await source.read(name)
    const rows = bytes.ok ? readCsv(bytes.value) : bytes
    if (rows.ok) tables.push(rows.value)
    else
      notes.lost(
        'site',
        '',
        undefined,
        `${name} ${rows.fault}`,
        'export it again as CSV with the names of the columns in the first line',
      )
  }
  return tables
}
