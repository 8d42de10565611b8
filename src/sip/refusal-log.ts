import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { OnceAMinute } from '../foundation/once-a-minute.js'
import { from } from './message/fields.js'
import type { SipRequest } from './message/message.js'
import type { Hop } from './transport/transport.js'

/** The most characters of a URI in the log. */
const longestUri = 80

/**
 * Tells an admin why a request is refused and what to change, once a minute for each address and reason. Reasons without a remedy
 * here, such as a first challenge, are logged at debug.
 */
export class RefusalLog {
  readonly #warnings: OnceAMinute

  constructor(
    clock: Clock,
    private readonly log: Log,
  ) {
    this.#warnings = new OnceAMinute(clock, log, 'refused SIP requests')
  }

  tell(request: SipRequest, { host, transport }: Hop, status: number, why: string | undefined): void {
    const { method } = request
    const remedy = why === undefined ? undefined : remedies.get(why)
    const event = why === 'untrusted' ? 'sip.untrusted' : 'sip.refused'
    if (remedy === undefined) {
      this.log.debug?.(`refused ${method} from ${host} with ${status}${why === undefined ? '' : `: ${why}`}`, { event, why })
      return
    }
    const caller = (from(request.headers)?.uri ?? 'nobody').slice(0, longestUri)
    this.#warnings.warn(
      `${why ?? ''} ${host}`,
      () => `refused ${method} of ${caller} from ${host} (${transport}) with ${status}: ${remedy}`,
      { event, why, method, status, address: host, transport },
    )
  }
}

/** The cause and the remedy, by the reason of the refusal as it is counted. */
const remedies: ReadonlyMap<string, string> = new Map([
  [
    'untrusted',
    'this address is not in sip.trustedPeers. If it is your PBX or SBC, add it there. A phone needs an agent with a password, and a From in sip.domain',
  ],
  [
    'badCredentials',
    'the user or the password is wrong, or the hash in agents.yaml was made with another --user or --realm (the realm is sip.domain), or sip.digest lacks the algorithm of this phone',
  ],
  ['guessing', 'too many wrong passwords came from this address; one attempt every ten seconds is checked'],
  [
    'foreignAddress',
    'the password is right, but it belongs to another address than the one in From or To; check user and domain (sip.domain)',
  ],
  [
    'foreignContact',
    "the Contact is not where the request came from; name the phone's network in the agent's contactNetworks, or its proxy in sip.proxies",
  ],
  ['ownContact', 'the Contact is an address of this server, so calls would come back here'],
  ['foreignPath', 'the Path is not that of a proxy in sip.proxies'],
  ['unknownProxy', 'it came through a proxy that sip.proxies does not name'],
  ['maxCalls', 'sip.maxCalls calls are in progress; `carillon calls` lists them'],
  ['memory', 'memory is low: carillon_memory_low is 1, and the log has said memory.low'],
  ['tooManyContacts', 'this account has too many registered phones'],
])
