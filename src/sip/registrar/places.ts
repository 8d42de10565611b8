import { isAddress, mappedIPv4 } from '../message/ipv6.js'
import type { SipRequest } from '../message/message.js'
import type { Uri } from '../message/uri.js'
import { protocols } from '../transport/protocols.js'
import { bare } from '../transport/received.js'
import { isLoopback } from '../transport/routes.js'
import type { Hop } from '../transport/transport.js'
import type { Accounts } from './accounts.js'
import type { AskedContact, AskedRegistration, Binding } from './bindings.js'
import { isOwnName } from './contact-names.js'
import { Proxies, type Arrival } from './proxies.js'
import { isStillReached, whereabouts, type Refused } from './whereabouts.js'

interface PlacesOptions {
  readonly accounts: Accounts
  readonly proxies: ConstructorParameters<typeof Proxies>[0]
  /** Whether we believe what a peer at that address says about others. */
  readonly trusts: (source: Hop) => boolean
  /** Whether we listen on this port, with any transport. */
  readonly listens: (port: number) => boolean
  /** Phones behind connections are found by their Contacts, whose names all accounts share (drachtio). Default: no. */
  readonly byName?: boolean
}

/** Where phones may be, by the proxies and accounts of the config. */
export class Places {
  #proxies: Proxies

  constructor(private readonly options: PlacesOptions) {
    this.#proxies = new Proxies(options.proxies)
  }

  replaceProxies(proxies: PlacesOptions['proxies']): void {
    this.#proxies = new Proxies(proxies)
  }

  /** How a request came, by its Vias. Undefined: one of them is ambiguous. */
  arrivalOf(request: SipRequest, source: Hop): Arrival | undefined {
    return this.#proxies.arrivalOf(request, source, this.options.trusts)
  }

  /** Adds to each contact where it is reached. Contacts to be removed need no place. If one is refused, all are. */
  placed(
    contacts: AskedRegistration['contacts'],
    request: SipRequest,
    source: Hop,
    { aor, arrival }: { readonly aor: string; readonly arrival: Arrival },
  ): { readonly all: AskedRegistration['contacts'] } | Refused {
    if (contacts === 'all') return { all: contacts }
    const { accounts, trusts } = this.options
    if (this.#takesNames(contacts, aor, source)) return { kind: 'refused', why: 'foreignContact' }
    const context = { arrival, trusts, networks: accounts.networksOf(aor), isOwn: this.#isOwn, isPeer: this.#isPeer }
    const placed: AskedContact[] = []
    for (const contact of contacts) {
      const where = contact.expires === 0 ? undefined : whereabouts(contact.uri, request, source, context)
      if (where?.kind === 'refused') return where
      placed.push({
        ...contact,
        ...(where?.kind === 'flow' && { flow: where.flow }),
        ...(where?.kind === 'contact' && { by: where.by, ...(where.through && { through: where.through }) }),
      })
    }
    return { all: placed }
  }

  /** Whether the request has more Contacts than can be reached where it came from: a drachtio-server keeps one for a connection. */
  hasTooMany(contacts: AskedRegistration['contacts'], source: Hop): boolean {
    return contacts !== 'all' && this.#isByName(source) && contacts.filter(({ expires }) => expires !== 0).length > 1
  }

  #takesNames(contacts: readonly AskedContact[], aor: string, source: Hop): boolean {
    return this.#isByName(source) && contacts.some(({ uri }) => !isOwnName(uri, aor, source, this.#others))
  }

  #isByName({ transport }: Hop): boolean {
    return this.options.byName === true && transport !== 'udp'
  }

  /** Whether a phone that registered earlier may still be reached as it is. */
  isStillReached(aor: string, binding: Binding): boolean {
    return isStillReached(binding, { networks: this.options.accounts.networksOf(aor), isOwn: this.#isOwn }, this.#proxies)
  }

  /** Addresses in a block of trusted peers do not count, because phones of private networks may have them too. */
  readonly #isPeer = (host: string): boolean => this.#proxies.include(host) || this.options.accounts.hasPeer(host)

  readonly #others = {
    hasAgent: (user: string): boolean => this.options.accounts.hasAgent(user),
    isPeer: (host: string): boolean => this.#isPeer(host),
  }

  /**
   * A phone may share our address, on the same machine, but not our port. A name of ours leads to us by DNS, whatever the port.
   */
  readonly #isOwn = (uri: Uri): boolean => {
    const { accounts, listens } = this.options
    const host = bare(uri.host)
    if (!isAddress(host)) return accounts.hasHost(host)
    const isOurs = accounts.hasHost(mappedIPv4(host) ?? host) || isLoopback(host)
    return isOurs && listens(uri.port ?? defaultPortOf(uri))
  }
}

const defaultPortOf = ({ scheme, parameters }: Uri): number =>
  protocols[scheme === 'sips' || parameters.get('transport')?.toLowerCase() === 'tls' ? 'tls' : 'udp'].port
