import type { Result } from '../foundation/result.js'
import type { RedisSettings } from './settings.js'

type Read = Result<Omit<RedisSettings, 'kind'>>

const form = /^(rediss?):\/\/(?:([^/?#]*)@)?([^/?#@]+)(?:\/(\d{1,4})?)?(?:\?([^#]*))?$/
const expected = 'expected redis://HOST:PORT/DATABASE, with rediss:// for TLS'
const defaultRecords = 50_000
const words = ['prefix', 'sentinel', 'sentinelPassword', 'cluster', 'records']

/**
 * Reads the address of a Redis: `redis://[user:password@]host[:port][,host…][/database][?sentinel=NAME|cluster][&prefix=…][&records=…]`.
 * Faults don't repeat the text, because it may have a password.
 */
export function readRedisUrl(text: string): Read {
  const found = form.exec(text)
  if (!found) return fault(expected)
  const [, scheme, login = '', hosts = '', database = '0', query] = found
  const asked = new URLSearchParams(query)
  const { prefix, records } = asIs(asked)
  const way = wayOf(asked)
  const nodes = nodesIn(hosts, way.kind === 'sentinel' ? 26_379 : 6_379)
  const why = faultOfQuery(asked, prefix, records) ?? faultOfPlace(way, nodes, Number(database))
  if (!nodes || why !== undefined) return fault(why ?? expected)
  const secrets = secretsIn(login, asked)
  if (!secrets) return fault('the user name or password has a % that is not followed by two hexadecimal digits')
  return {
    ok: true,
    value: { nodes, way, tls: scheme === 'rediss', secrets, database: Number(database), prefix, mostRecords: records },
  }
}

const asIs = (asked: URLSearchParams): { readonly prefix: string; readonly records: number } => ({
  prefix: asked.get('prefix') ?? 'carillon',
  records: Number(asked.get('records') ?? defaultRecords),
})

function faultOfPlace(
  way: RedisSettings['way'],
  nodes: RedisSettings['nodes'] | undefined,
  database: number,
): string | undefined {
  if (!nodes) return 'expected hosts such as 10.0.0.1:6379, separated by commas'
  if (nodes.length > 1 && way.kind === 'server') return 'several hosts need ?sentinel=NAME or ?cluster'
  return way.kind === 'cluster' && database !== 0 ? 'a cluster has only database 0' : undefined
}

function faultOfQuery(asked: URLSearchParams, prefix: string, records: number): string | undefined {
  const unknown = [...asked.keys()].find(key => !words.includes(key))
  if (unknown !== undefined) return `unknown part '${unknown}'; after ? there may be ${words.join(', ')}`
  if (asked.get('sentinel') === '' || (asked.has('sentinel') && asked.has('cluster')))
    return 'expected ?sentinel=NAME, with the name of the master, or ?cluster, and not both'
  if (!/^[\w.-]{1,64}$/.test(prefix)) return 'expected a prefix of letters, digits, dot, hyphen and underscore'
  return Number.isInteger(records) && records >= 1_000 && records <= 10_000_000
    ? undefined
    : 'expected records from 1000 to 10000000'
}

const fault = (text: string): Read => ({ ok: false, fault: text })

function wayOf(asked: URLSearchParams): RedisSettings['way'] {
  const name = asked.get('sentinel')
  return name === null ? { kind: asked.has('cluster') ? 'cluster' : 'server' } : { kind: 'sentinel', name }
}

function nodesIn(hosts: string, defaultPort: number): RedisSettings['nodes'] | undefined {
  const nodes = hosts.split(',').map(each => {
    const [, bracketed, plain, port = String(defaultPort)] =
      /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(each) ?? []
    const host = bracketed ?? plain
    return host === undefined || Number(port) < 1 || Number(port) > 65_535 ? undefined : { host, port: Number(port) }
  })
  return nodes.some(node => node === undefined) ? undefined : nodes.filter(node => node !== undefined)
}

/** Undefined: a part can't be decoded. */
function secretsIn(login: string, asked: URLSearchParams): RedisSettings['secrets'] | undefined {
  try {
    const [, user = '', password] = /^([^:]*)(?::(.*))?$/s.exec(login) ?? []
    const sentinelPassword = asked.get('sentinelPassword')
    return {
      ...(user !== '' && { username: decodeURIComponent(user) }),
      ...(password !== undefined && { password: decodeURIComponent(password) }),
      ...(sentinelPassword !== null && { sentinelPassword }),
    }
  } catch {
    return undefined
  }
}

/** The address without its secrets. */
export function shownRedis({ nodes, way, tls, database, prefix }: Omit<RedisSettings, 'kind'>): string {
  const hosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',')
  const how = way.kind === 'sentinel' ? ` by Sentinel, master ${way.name}` : way.kind === 'cluster' ? ' as a cluster' : ''
  return `${tls ? 'rediss' : 'redis'}://${hosts}/${database}${how} (prefix ${prefix})`
}
