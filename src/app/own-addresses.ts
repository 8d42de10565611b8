import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/** The hosts of these listeners that are addresses, and that this machine does not have now. */
export function missingAddresses(listen: readonly { readonly host: string }[]): readonly string[] {
  const ours = new Set(Object.values(networkInterfaces()).flatMap(each => (each ?? []).map(({ address }) => address)))
  const isHere = (host: string): boolean => ours.has(host) || ['0.0.0.0', '::'].includes(host) || host.startsWith('127.')
  return [...new Set(listen.map(({ host }) => host))].filter(host => isIP(host) > 0 && !isHere(host))
}
