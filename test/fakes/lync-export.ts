import { deflateRawSync, crc32 } from 'node:zlib'

/** Writes exports as `Export-CsRgsConfiguration` does: objects of PowerShell as XML (CLIXML), in a ZIP with the sounds. */

/** A value with a type of its own in XML. */
export class Typed {
  constructor(
    readonly tag: string,
    readonly text: string,
  ) {}
}

/** An enumeration, which is an object with its name and its number. */
export class Enumeration {
  constructor(readonly word: string) {}
}

export type Value = string | number | boolean | null | undefined | Typed | Enumeration | readonly Value[] | Properties
export interface Properties {
  readonly [name: string]: Value
}

export const guid = (text: string): Typed => new Typed('G', text)
export const uri = (text: string): Typed => new Typed('URI', text)
export const span = (minutes: number): Typed =>
  new Typed('TS', minutes === 1_440 ? 'P1D' : `PT${Math.floor(minutes / 60)}H${minutes % 60 === 0 ? '' : `${minutes % 60}M`}`)
export const moment = (text: string): Typed => new Typed('DT', `${text}:00`)
export const identity = (id: string): Properties => ({
  InstanceId: guid(id),
  NonNormalized: `service:1-ApplicationServer-1/${id}`,
})

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML's own characters, and PowerShell's escapes for those that XML can't have (MS-PSRP §2.2.5.3.2). */
const escaped = (text: string): string =>
  text
    .replace(/_(?=x[0-9a-f]{4}_)/gi, '_x005F_')
    .replace(
      /[\0-\x1f\x7f\ud800-\udfff\ufffe\uffff]/g,
      char => `_x${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
    )
    .replace(/[&<>"]/g, char => entities[char] ?? char)

/** The text of a file with these objects. An object that occurs twice is written once, and then as a reference. */
export function clixml(objects: readonly Value[]): string {
  const ids = new Map<unknown, number>()
  const nameOf = (name: string | undefined): string => (name === undefined ? '' : ` N="${escaped(name)}"`)
  const simple = (tag: string, text: string, name?: string): string => `<${tag}${nameOf(name)}>${escaped(text)}</${tag}>`
  const object = (value: object, name: string | undefined, inside: () => string): string => {
    const known = ids.get(value)
    if (known !== undefined) return `<Ref${nameOf(name)} RefId="${known}"/>`
    ids.set(value, ids.size)
    return `<Obj${nameOf(name)} RefId="${ids.size - 1}">${inside()}</Obj>\n`
  }
  const write = (value: Value, name?: string): string => {
    if (value === null || value === undefined) return `<Nil${nameOf(name)}/>`
    if (typeof value === 'string') return simple('S', value, name)
    if (typeof value === 'number') return simple('I32', String(value), name)
    if (typeof value === 'boolean') return simple('B', String(value), name)
    if (value instanceof Typed) return simple(value.tag, value.text, name)
    if (value instanceof Enumeration)
      return object(
        value,
        name,
        () => `<TN RefId="9"><T>System.Enum</T></TN><ToString>${escaped(value.word)}</ToString><I32>3</I32>`,
      )
    if (Array.isArray(value))
      return object(value, name, () => `<LST>${(value as readonly Value[]).map(each => write(each)).join('')}</LST>`)
    const properties = Object.entries(value as Properties).filter(([, each]) => each !== undefined)
    return object(value, name, () => `<Props>${properties.map(([key, each]) => write(each, key)).join('\n')}</Props>`)
  }
  const inside = objects.map(each => write(each)).join('')
  return `<?xml version="1.0" encoding="utf-16"?>\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">${inside}</Objs>`
}

/** UTF-16 with a byte order mark, as PowerShell writes files. */
export const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le')

export interface ZipEntry {
  readonly name: string
  readonly bytes: Buffer
  /** What the archive says about the length. Default: the truth. */
  readonly claims?: number
  readonly isEncrypted?: boolean
}

/** A ZIP. It may lie, because tests need hostile ones. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = []
  const table: Buffer[] = []
  let offset = 0
  for (const { name, bytes, claims = bytes.length, isEncrypted = false } of entries) {
    const packed = deflateRawSync(bytes)
    const title = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(isEncrypted ? 0x801 : 0x800, 2)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(claims, 18)
    common.writeUInt16LE(title.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, title, packed])
    const central = Buffer.alloc(14)
    central.writeUInt32LE(offset, 10)
    table.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, central, title]))
    parts.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(table)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, directory, end])
}

/** The objects of a site, one list for each file. */
export interface ExportedSite {
  readonly AgentGroups: readonly Value[]
  readonly Queues: readonly Value[]
  readonly Workflows: readonly Value[]
  readonly HoursOfBusiness?: readonly Value[]
  readonly HolidaySets?: readonly Value[]
  readonly Agents?: readonly Value[]
}

/** A whole export: the XML files, and the sounds by their place under `RGS/Instances`. */
export const exported = (site: ExportedSite, sounds: Readonly<Record<string, Buffer>> = {}): Buffer =>
  zip([
    ...Object.entries(site as unknown as Readonly<Record<string, readonly Value[]>>).map(([name, objects]) => ({
      name: `RgsImportExport/${name}.xml`,
      bytes: utf16(clixml(objects)),
    })),
    {
      name: 'RgsImportExport/Configuration.xml',
      bytes: utf16(clixml([{ AgentRingbackGracePeriod: 60, DisableCallContext: false }])),
    },
    ...Object.entries(sounds).map(([name, bytes]) => ({ name: `RgsImportExport/RGS/Instances/${name}`, bytes })),
  ])
