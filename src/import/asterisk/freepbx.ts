import type { Row } from '../csv.js'
import type { Section, Setting } from './sections.js'

/** What FreePBX's tables say, beside its files. */
export interface FreepbxTables {
  /** The queues of the table queues_details. */
  readonly queues: readonly Section[]
  /** The row of each queue in the table queues_config, by its number. */
  readonly rows: ReadonlyMap<string, Row>
  /** Names of people by extension. */
  readonly people: ReadonlyMap<string, string>
}

/** Recognises the tables by their columns: queues_details, queues_config, and users or a bulk export of extensions. */
export function freepbxOf(tables: readonly (readonly Row[])[]): FreepbxTables {
  const rows = new Map<string, Row>()
  const people = new Map<string, string>()
  const details: Row[] = []
  for (const table of tables)
    for (const row of table) {
      const extension = row.get('extension') ?? ''
      if (row.has('keyword') && row.has('data')) details.push(row)
      else if (row.has('descr') && extension !== '') rows.set(extension, row)
      else if (row.has('name') && extension !== '' && row.get('name') !== '') people.set(extension, row.get('name') ?? '')
    }
  return { queues: queuesOf(details), rows, people }
}

/** FreePBX adds the settings of the queue -1 to all queues. Members have their order in `flags`. */
function queuesOf(details: readonly Row[]): readonly Section[] {
  const queues = new Map<string, { readonly setting: Setting; readonly order: number }[]>()
  for (const row of details) {
    const setting = { key: (row.get('keyword') ?? '').toLowerCase(), value: row.get('data') ?? '' }
    const order = Number(row.get('flags'))
    const id = row.get('id') ?? ''
    if (id === '') continue
    const queue = queues.get(id) ?? []
    queue.push({ setting, order: Number.isFinite(order) ? order : 0 })
    queues.set(id, queue)
  }
  const common = (queues.get('-1') ?? []).map(({ setting }) => setting)
  queues.delete('-1')
  return [...queues].map(([name, all]) => ({
    name,
    settings: [...all.sort((one, other) => one.order - other.order).map(({ setting }) => setting), ...common],
  }))
}
