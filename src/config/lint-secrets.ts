import { faultAt, valueAt, type Placed } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'
import type { Path } from './source.js'

/** Warns about secrets in files that every user of this machine may read, once per file. `open` has these files. */
export function lintSecrets({ agents, users, sections, sectionPlaces }: Gathered, open: ReadonlySet<string>): ConfigFault[] {
  const found = new Map<string, ConfigFault>()
  const tell = (entry: Placed<unknown>, path: Path, what: string): void => {
    const { file } = entry.source
    if (!open.has(file) || found.has(file) || entry.source.secret([...entry.path, ...path]) !== undefined) return
    found.set(file, faultAt(entry, path, `${what}, and anybody on this machine may read this file: chmod 640, or 600`))
  }
  const sip = sectionPlaces.get('sip')
  if (sip && sections?.sip.drachtio)
    for (const path of secretsOf(sip.value, sections.sip.drachtio.length))
      tell(sip, path, 'the secret of a drachtio-server stands here')
  for (const { section, path, what } of sectionSecrets(sections)) {
    const place = sectionPlaces.get(section)
    if (place) tell(place, path, what)
  }
  for (const agent of agents)
    if (agent.value.password) tell(agent, ['password'], 'everybody with this hash can register and call as this agent')
  for (const user of users)
    if (user.value.password !== undefined) tell(user, ['password'], 'passwords can be guessed with this hash')
  return [...found.values()]
}

/** Sections that hold one secret, at this path. */
const sectionSecrets = (sections: Gathered['sections']) => [
  ...(sections?.http.oidc ? [{ section: 'http', path: ['oidc', 'clientSecret'], what: 'a client secret stands here' }] : []),
  ...(sections?.store.kind === 'redis' && Object.keys(sections.store.secrets).length > 0
    ? [{ section: 'store', path: [], what: 'the password of Redis stands here' }]
    : []),
  ...(sections?.directory?.password === undefined
    ? []
    : [{ section: 'directory', path: ['password'], what: 'the password of a user of the directory stands here' }]),
  ...(sections?.webhooks ?? []).map((_, index) => ({
    ...{
      section: 'webhooks',
      path: [index, 'secret'],
      what: 'everybody with this key can send events in the name of this server',
    },
  })),
]

/** The places of the secrets of drachtio-servers. The config may name a single server without a list. */
function secretsOf(sip: unknown, servers: number): readonly Path[] {
  if (!Array.isArray(valueAt(sip, ['drachtio']))) return [['drachtio', 'secret']]
  return Array.from({ length: servers }, (_, index) => ['drachtio', index, 'secret'])
}
