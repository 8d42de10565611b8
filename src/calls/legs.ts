import type { Body } from '../legs/body.js'
import type { Leg } from '../legs/leg.js'
import type { KeptCaller } from './live-state.js'
import type { ShownSdp } from './shown-sdp.js'

export function keptCaller(leg: Leg, description: Body | undefined, sdp: ShownSdp): KeptCaller {
  const shown = sdp.state()
  return { leg: leg.state(), ...(description && { description }), ...(shown && { shown }) }
}

/** Its end is nobody's affair here. */
export function letGoOf(leg: Leg): void {
  leg.listen({ ended: () => undefined })
  leg.letGo()
}

/** Offers a partner what the other side really answered, when that differs from what was offered in its name: port, codecs or a hold. */
export function tellPartner(leg: Leg, body: Body | undefined): void {
  leg.renegotiate(body, outcome => {
    if (outcome.kind === 'accepted') outcome.acknowledge()
  })
}
