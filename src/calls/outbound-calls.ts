import type { Log } from '../foundation/log.js'
import type { InboundCall } from '../legs/answering.js'
import type { AgentUri, GroupName } from '../routing/index.js'
import type { DialledWorkflow } from '../config/call-settings.js'
import { shownUri } from './shown-uri.js'
import { outboundUri, type Outbound } from './outbound-codes.js'

/** What somebody dialled to call out on behalf of a workflow. */
export interface DialledOut {
  readonly workflow: DialledWorkflow
  /** Undefined: agents may not call out on behalf of the workflow that the phone names. */
  readonly outbound: Outbound | undefined
  readonly number: string
}

/** A call that an agent may make. */
export interface OutboundCall {
  readonly workflow: DialledWorkflow
  readonly agent: AgentUri
  /** The URI to call. */
  readonly to: string
}

interface OutboundGateOptions {
  readonly log: Log
  readonly callingAgent: (inbound: InboundCall) => AgentUri | undefined
  /** Why this agent may not call out for these groups now. */
  readonly refusal: (agent: AgentUri, groups: readonly GroupName[]) => string | undefined
}

/** Decides who may call which number on behalf of a workflow. Everybody else gets 403 (RFC 3261 §21.4.4). */
export class OutboundGate {
  constructor(private readonly options: OutboundGateOptions) {}

  /** Undefined: the call is refused. */
  admit(inbound: InboundCall, dialled: DialledOut): OutboundCall | undefined {
    const judged = this.#judge(inbound, dialled)
    if (typeof judged !== 'string') return judged
    const { from, sipCallId, requestUri } = inbound.invite
    const { name } = dialled.workflow
    this.options.log.info?.(`${shownUri(from.uri)} may not call ${shownUri(requestUri)} on behalf of ${name}: 403, ${judged}`, {
      event: 'call.outboundRefused',
      sipCallId,
      workflow: name,
    })
    inbound.reject(403)
    return undefined
  }

  /** The call, or why it is refused. */
  #judge(inbound: InboundCall, { workflow, outbound, number }: DialledOut): OutboundCall | string {
    const agent = this.options.callingAgent(inbound)
    if (agent === undefined) return 'no agent calls, or their PBX does not say who calls (P-Asserted-Identity)'
    if (!outbound) return "agents can't call out on its behalf (the workflow has no 'outbound')"
    const refusal = this.options.refusal(agent, outbound.groups)
    if (refusal !== undefined) return refusal
    const to = outboundUri(outbound, number)
    return to === undefined ? `'${shownUri(number)}' is not among its outbound.numbers` : { workflow, agent, to }
  }
}
