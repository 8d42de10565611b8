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

/** The caller's answer is not what the partner was offered in their name: another port, or other codecs. */
export function tellPartner(leg: Leg, body: Body): void {
  leg.renegotiate(body, outcome => {
    if (outcome.kind === 'accepted') outcome.acknowledge()
  })
}
