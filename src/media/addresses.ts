import { networkInterfaces } from 'node:os'

/** By which addresses others reach a socket that is bound there, the likeliest first; this machine's own where it has no other. */
export function reachableAt(address: string, family: 4 | 6): readonly string[] {
  if (address !== '0.0.0.0' && address !== '::') return [address]
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  const usable = all.filter(({ family: its, address: own }) => its === `IPv${family}` && !own.startsWith('fe80'))
  const outward = usable.filter(({ internal }) => !internal)
  const named = (outward.length > 0 ? outward : usable).map(({ address: own }) => own)
  return named.length > 0 ? named : [address]
}
