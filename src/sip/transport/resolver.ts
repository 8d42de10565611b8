import { lookup, promises as dns } from 'node:dns'

/** An address of a host. */
export interface AddressRecord {
  readonly address: string
  /** How long it may be cached, in seconds. */
  readonly ttl: number
}

/** RFC 2782. */
export interface ServiceRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** The part of RFC 3403 that RFC 3263 §4.1 needs. */
export interface PointerRecord {
  readonly order: number
  readonly preference: number
  readonly flags: string
  readonly service: string
  readonly replacement: string
}

/** Requests to DNS. An empty answer means that there is no such record. A rejection means that DNS could not answer. */
export interface Resolver {
  addresses(host: string, family: 4 | 6): Promise<readonly AddressRecord[]>
  services(name: string): Promise<readonly ServiceRecord[]>
  pointers(name: string): Promise<readonly PointerRecord[]>
}

/** In seconds, for names from the machine's hosts file, which has no lifetimes. */
const hostFileTtl = 30

const noSuchRecord = new Set(['ENODATA', 'ENOTFOUND', 'ENONAME', 'EAI_NONAME', 'EAI_NODATA'])

/** The machine's resolver: DNS for names with dots. The hosts file for other names, and for those that DNS does not know. */
export const systemResolver: Resolver = {
  async addresses(host, family) {
    if (host.includes('.')) {
      const records = await orNone(family === 4 ? dns.resolve4(host, { ttl: true }) : dns.resolve6(host, { ttl: true }))
      if (records.length > 0) return records
    }
    return orNone(hostFile(host, family))
  },
  services: name => orNone(dns.resolveSrv(name)),
  pointers: name => orNone(dns.resolveNaptr(name)),
}

function hostFile(host: string, family: 4 | 6): Promise<readonly AddressRecord[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { family, all: true }, (error, found) => {
      if (error) reject(error)
      else resolve(found.map(({ address }) => ({ address, ttl: hostFileTtl })))
    })
  })
}

async function orNone<T>(question: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await question
  } catch (error) {
    if (error instanceof Error && 'code' in error && noSuchRecord.has(String(error.code))) return []
    throw error
  }
}
