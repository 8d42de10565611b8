import { fault, ok, type Result } from '../../foundation/result.js'
import { askForPbx, type Imported, type ImportRequest } from '../imported.js'
import { Notes } from '../notes.js'
import { siteFiles } from '../site-files.js'
import { takeSounds } from '../sounds.js'
import { withSource, type ImportSource } from '../source.js'
import { sipUriOf } from '../texts.js'
import { readLyncSite, type LyncSite } from './site.js'
import { soundsOf, translateSite } from './translate.js'

/** Reads the Response Groups of a Lync or Skype for Business site. A fault is a sentence. */
export function importLync(request: ImportRequest): Promise<Result<Imported>> {
  return withSource(request.source, source => importFrom(source, request))
}

async function importFrom(source: ImportSource, request: ImportRequest): Promise<Result<Imported>> {
  const notes = new Notes()
  const site = await readLyncSite(source, notes)
  return site.ok ? importSite('Lync', site.value, source, request, notes) : site
}

/** Imports a site. The import of Teams makes such a site, too. `from` is the product. */
export async function importSite(
  from: string,
  site: LyncSite,
  source: ImportSource,
  { folder, domain: wanted, pbx, ffmpeg }: ImportRequest,
  notes: Notes,
): Promise<Result<Imported>> {
  const domain = wanted ?? domainOf(site)
  if (domain === undefined)
    return fault('no workflow and no agent has a SIP URI, so the SIP domain is unknown: give it as --domain')
  const sounds = await takeSounds(soundsOf(site), { source, folder, ffmpeg, notes })
  const parts = translateSite(from, site, sounds, domain, notes)
  askForPbx(pbx, notes)
  const names = (entries: readonly { readonly fields: Readonly<Record<string, unknown>> }[]): string[] =>
    entries.map(({ fields }) => String(fields['name'] ?? fields['uri']))
  return ok({
    files: siteFiles(from, parts, { domain, pbx }),
    sounds: [...sounds.values()],
    taken: {
      agents: parts.agents.map(({ fields }) => String(fields['uri'])),
      groups: names(parts.groups),
      queues: names(parts.queues),
      workflows: names(parts.workflows),
      hours: names(parts.hours),
      holidays: names(parts.holidays),
    },
    notes,
  })
}

/** The host of most workflows, or else of most agents. */
function domainOf({ workflows, groups }: LyncSite): string | undefined {
  const hosts = (uris: readonly (string | undefined)[]): string | undefined => {
    const counts = new Map<string, number>()
    for (const uri of uris) {
      const host = sipUriOf(uri)?.host
      if (host !== undefined) counts.set(host, (counts.get(host) ?? 0) + 1)
    }
    return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0]
  }
  return hosts(workflows.map(({ uri }) => uri)) ?? hosts(groups.flatMap(({ agents }) => agents))
}
