import type { Clock } from '../../../../src/foundation/clock.js'
import { silentLog } from '../../../../src/foundation/log.js'
import type { SipEndpoint } from '../../../../src/sip/endpoint.js'
import { Registrar } from '../../../../src/sip/registrar/registrar.js'
import { seededBytes } from '../transaction/pair.js'
import { accounts } from './asking.js'

/** Makes the endpoint admit the phones of these users by password, without trusted peers. */
export function guardFor(users: readonly string[], endpoint: SipEndpoint, clock: Clock): Registrar {
  const registrar = new Registrar({
    settings: accounts(users),
    clock,
    log: silentLog,
    random: seededBytes(3),
    endpoint: {
      reject: why => endpoint.counters.reject(why),
      hold: () => undefined,
      trusts: () => false,
      listens: () => false,
    },
  })
  endpoint.guard(registrar)
  return registrar
}
