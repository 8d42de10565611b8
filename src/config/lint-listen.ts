import { isIP } from 'node:net'
import { faultAt } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'

/** Warns about addresses on which `serve` could not listen on this machine. `own` are the addresses of the machine. */
export function lintListen({ sections, sectionPlaces }: Gathered, own: ReadonlySet<string>): ConfigFault[] {
  const [sip, http] = [sectionPlaces.get('sip'), sectionPlaces.get('http')]
  const points = sections?.sip.engine === 'drachtio' ? [] : (sections?.sip.listen ?? [])
  const httpHost = sections?.http.listen.host
  return [
    ...points.flatMap(({ host }, index) =>
      sip && !isOwn(host, own) ? [faultAt(sip, ['listen', index], notOurs(host, 'sip.listen'))] : [],
    ),
    ...(http && httpHost !== undefined && !isOwn(httpHost, own)
      ? [faultAt(http, ['listen'], notOurs(httpHost, 'http.listen'))]
      : []),
  ]
}

const notOurs = (host: string, key: string): string =>
  `this machine does not have the address ${host}, so serve can't start here (${key}); 0.0.0.0 is every IPv4 address, :: every IPv6 address`

const isOwn = (host: string, own: ReadonlySet<string>): boolean =>
  host === '0.0.0.0' || host === '::' || (isIP(host) === 4 && host.startsWith('127.')) || own.has(host)
