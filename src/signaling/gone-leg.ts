import type { Body, ExtraHeader } from '../legs/body.js'
import type { LegEnd } from '../legs/leg-end.js'
import type { Leg, LegListener, LegState } from '../legs/leg.js'
import type { RenegotiationOutcome } from '../legs/renegotiation.js'

/** The stored state of a browser's leg. */
interface BrowserLegState {
  /** The SIP Call-ID. */
  readonly browser: string
}

export const browserLegState = ({ sipCallId }: Leg): BrowserLegState => ({ browser: sipCallId })

/** Undefined: the state is not a browser's leg. */
export function goneLegOf(state: LegState): GoneLeg | undefined {
  return 'browser' in state ? new GoneLeg(String(state.browser)) : undefined
}

/**
 * A browser's leg after a restart. Its connection and media keys ended with the previous process, so nothing reaches the browser. The leg
 * ends as lost at the first `probe` or `hangUp`.
 */
class GoneLeg implements Leg {
  #listener: LegListener | undefined
  #isOver = false
  readonly heardAt = 0

  constructor(readonly sipCallId: string) {}

  listen(listener: LegListener): void {
    this.#listener = listener
  }

  renegotiate(_offer: Body | undefined, outcome: (outcome: RenegotiationOutcome) => void): void {
    outcome({ kind: 'rejected', status: 481, headers: [] })
  }

  info(_body: Body | undefined, _headers: readonly ExtraHeader[], outcome: (status: number) => void): void {
    outcome(481)
  }

  hangUp(): void {
    this.#end({ kind: 'lost', why: 'transport' })
  }

  state(): LegState {
    return browserLegState(this)
  }

  probe(): void {
    this.#end({ kind: 'lost', why: 'transport' })
  }

  letGo(): void {
    this.#isOver = true
  }

  #end(end: LegEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#listener?.ended(end)
  }
}
