import { createRequire } from 'node:module'
import { z } from 'zod'

/** The table of Windows time zones in Unicode's CLDR. Each name has a row for the whole world (001), and rows for single countries. */
const table = z.object({
  supplemental: z.object({
    windowsZones: z.object({
      mapTimezones: z.array(z.object({ mapZone: z.object({ _other: z.string(), _type: z.string(), _territory: z.string() }) })),
    }),
  }),
})

let zones: ReadonlyMap<string, string> | undefined

/** The IANA name of a time zone that Windows calls `W. Europe Standard Time`. Undefined: Windows has no such zone. */
export function zoneOfWindows(name: string): string | undefined {
  zones ??= readZones()
  return zones.get(name.trim().toLowerCase())
}

/** Called when a config first has such a name, because most configs have none. */
function readZones(): ReadonlyMap<string, string> {
  const { supplemental } = table.parse(createRequire(import.meta.url)('cldr-core/supplemental/windowsZones.json'))
  const rows = supplemental.windowsZones.mapTimezones.map(({ mapZone }) => mapZone)
  return new Map(rows.filter(row => row._territory === '001').map(row => [row._other.toLowerCase(), row._type]))
}
