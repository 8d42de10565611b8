import { BlockList, isIP, isIPv4 } from 'node:net'
import { z } from 'zod'
import { block, choice, complain, host, read } from './fields.js'
import { reachedByWords, type ReachedBy } from './settings.js'

/** The schema of proxies through which phones register (docs/decisions/055). */

/** A single IP address. A block is refused, because a phone in it would count as a proxy. */
const address = () =>
  read('10.0.0.5', value =>
    isIP(value) === 0
      ? { ok: false, fault: 'expected an IP address of the proxy such as 10.0.0.5, not a block and not a name' }
      : { ok: true, value: value.toLowerCase() },
  )

const proxy = block('A proxy through which phones register. It must be in trustedPeers.', {
  addresses: z
    .array(address())
    .min(1, 'expected at least one address')
    .describe('IP addresses: those from which the proxy sends to us, and those that it writes into Path or Contact.'),
  names: z
    .array(host())
    .describe('Host names that the proxy writes into Path, or into Contact. Default: none, it writes its address.')
    .prefault([]),
  reachedBy: choice(
    'How calls get back to the phones. path: the proxy adds a Path to each REGISTER; contact: it replaces each Contact by one of its own; direct: it does neither, and its phones are not behind an address translation.',
    reachedByWords,
  ).prefault('path' satisfies ReachedBy),
})

export const proxies = z
  .array(proxy)
  .describe(
    'The proxies through which phones register. What other peers pass on of phones is refused. Each must overwrite the received and rport of a phone’s Via. Default: none.',
  )
  .prefault([])

/**
 * Adds a fault for a proxy without an address in `sip.trustedPeers`, because we would not believe it, and for an address that two proxies
 * have.
 */
export function complainOfStrangers(
  trusted: readonly string[],
  named: readonly { readonly addresses: readonly string[] }[],
  context: z.RefinementCtx,
): void {
  const peers = new BlockList()
  for (const peer of trusted) {
    const [network = '', bits] = peer.split('/', 2)
    const family = isIPv4(network) ? 'ipv4' : 'ipv6'
    peers.addSubnet(network, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family)
  }
  const used = new Set<string>()
  named.forEach(({ addresses }, index) => {
    const isTrusted = addresses.some(each => peers.check(each, isIPv4(each) ? 'ipv4' : 'ipv6'))
    if (!isTrusted && addresses.length > 0)
      complain(context, ['proxies', index, 'addresses'], 'none of these addresses is in sip.trustedPeers; add the proxy there')
    addresses.forEach((each, at) => {
      if (used.has(each)) complain(context, ['proxies', index, 'addresses', at], `${each} is already an address of a proxy`)
      used.add(each)
    })
  })
}
