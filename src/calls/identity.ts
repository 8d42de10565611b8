import type { DialledWorkflow } from '../config/call-settings.js'
import type { AgentUri, GivenUp } from '../routing/index.js'
import type { InboundCall } from '../legs/answering.js'
import type { Attachment, ExtraHeader } from '../legs/body.js'
import type { InviteOptions } from '../legs/invitation.js'
import type { Party } from '../legs/party.js'
import { shownUser } from './shown-uri.js'

const anonymous: Party = { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' }
const unconditional = 'unconditional'
const device: ExtraHeader = ['Request-Disposition', 'no-fork']
const automata: ExtraHeader = ['Reject-Contact', '*;automata']

/** What an agent's phone shows: the caller, and how the call got here (docs/response-group.md §5). */
export function offerIdentity(
  inbound: InboundCall,
  workflow: DialledWorkflow,
  agent: AgentUri,
  oneDevice: boolean,
): Omit<InviteOptions, 'body'> {
  const caller = callerOf(inbound)
  const shown = caller.displayName ?? shownUser(caller.uri)
  const words: Readonly<Record<string, string>> = {
    '{workflow}': workflow.displayName,
    '{caller}': shown,
    '{number}': numberShown(workflow),
  }
  const displayName = workflow.callerDisplay.replace(/\{(?:workflow|caller|number)\}/g, word => words[word] ?? word)
  return {
    from: { uri: caller.uri, displayName },
    to: { uri: agent },
    headers: [...onward(inbound, workflow, agent), automata, ...(oneDevice ? [device] : [])],
    limits: hops(inbound),
  }
}

/** The number that callers of a workflow dialled, as people see it. Without a number: the user part of its URI. */
const numberShown = ({ displayNumber, number, uri }: DialledWorkflow): string => displayNumber ?? number ?? shownUser(uri)

/** The reason in the Diversion header field, by which a voicemail chooses its greeting (RFC 5806). */
const diversionReasons: Readonly<Record<GivenUp, string>> = {
  timedOut: 'no-answer',
  overflowed: 'user-busy',
  noAgents: 'unavailable',
  closed: 'time-of-day',
  holiday: 'time-of-day',
  disconnected: unconditional,
}

/** What a forward target sees: the caller unchanged, and how the call got here. `why`: why the call was given up. Absent: a person transferred it. */
export function forwardIdentity(
  inbound: InboundCall,
  workflow: DialledWorkflow,
  target: string,
  why?: GivenUp,
): Omit<InviteOptions, 'body'> {
  const headers = onward(inbound, workflow, target, why && diversionReasons[why])
  return { from: callerOf(inbound), to: { uri: target }, headers, limits: hops(inbound) }
}

/**
 * What the person who is called on behalf of a workflow sees: the workflow, as the PBX may show it to others (RFC 3325 §9.1). Nothing names
 * the agent. `as`: the URI of the workflow.
 */
export function outboundIdentity(
  inbound: InboundCall,
  { displayName }: DialledWorkflow,
  as: string,
  target: string,
): Omit<InviteOptions, 'body'> {
  const asserted: ExtraHeader = ['P-Asserted-Identity', `<${as}>`]
  const hidden: readonly ExtraHeader[] = isPrivate(inbound) ? [['Privacy', 'id']] : []
  const from = hidden.length > 0 ? anonymous : { uri: as, displayName }
  return { from, to: { uri: target }, headers: [asserted, ...hidden], limits: hops(inbound) }
}

/** How the side that talks to the caller is shown to the target of the caller's transfer: as the workflow that the caller dialled. */
export function workflowIdentity(
  inbound: InboundCall,
  { uri, displayName }: DialledWorkflow,
  target: string,
): Omit<InviteOptions, 'body'> {
  return { from: { uri, displayName }, to: { uri: target }, headers: [], limits: hops(inbound) }
}

/**
 * Who calls the target of a consultation: a colleague sees the agent, and everybody else the workflow that the caller dialled, because people
 * outside know no agent.
 */
export function consultIdentity(
  inbound: InboundCall,
  workflow: DialledWorkflow,
  asker: string,
  { to, agent }: { readonly to: string; readonly agent?: AgentUri },
): Omit<InviteOptions, 'body'> {
  const identity = workflowIdentity(inbound, workflow, to)
  return agent === undefined ? identity : { ...identity, from: { uri: asker } }
}

/**
 * Adds the person who asked for the transfer by REFER (RFC 3892 §2.1, RFC 5806). A Referred-By in the REFER proves nothing, and is not
 * forwarded.
 */
export const referredIdentity = (identity: Omit<InviteOptions, 'body'>, asker: string): Omit<InviteOptions, 'body'> => ({
  ...identity,
  headers: [['Referred-By', `<${asker}>`], ['Diversion', `<${asker}>;reason=deflection;counter=1`], ...identity.headers],
})

/**
 * The agent who answered, for the PBX of the caller (RFC 3325 §9.1: only within the trust domain). Not sent to a caller who heard us before,
 * because they already have our 2xx, nor for an anonymous workflow, which hides who answers.
 */
export function answererIdentity(
  inbound: InboundCall,
  workflow: DialledWorkflow,
  agent: AgentUri | undefined,
): readonly ExtraHeader[] {
  return agent === undefined || workflow.anonymous || !inbound.origin.trusted ? [] : [['P-Asserted-Identity', `<${agent}>`]]
}

/** The caller's URI as others see it: an anonymous one if the caller asks for privacy. */
export const shownCaller = (inbound: InboundCall): string => callerOf(inbound).uri

/** RFC 3323, RFC 3325: a caller who asks for `id`, `user` or `header` privacy is hidden from everybody. */
const isPrivate = (inbound: InboundCall): boolean =>
  inbound.header('Privacy').some(value =>
    value
      .toLowerCase()
      .split(/[;\s]+/)
      .some(word => word === 'id' || word === 'user' || word === 'header'),
  )

/** The other parts of the caller's body. They may reveal persons or places, so a private caller's and an anonymous workflow's are not forwarded. */
export const attachmentsOf = (inbound: InboundCall, { anonymous }: DialledWorkflow): readonly Attachment[] =>
  anonymous || isPrivate(inbound) ? [] : (inbound.invite.attachments ?? [])

/** The caller as others may see them. */
export const callerOf = (inbound: InboundCall): Party => (isPrivate(inbound) ? anonymous : inbound.invite.from)

function onward(inbound: InboundCall, workflow: DialledWorkflow, target: string, reason = unconditional): ExtraHeader[] {
  const headers: ExtraHeader[] = []
  if (isPrivate(inbound)) headers.push(['Privacy', 'id'])
  else for (const value of inbound.header('P-Asserted-Identity')) headers.push(['P-Asserted-Identity', value])
  for (const value of history(inbound.header('History-Info'), workflow.uri, target)) headers.push(['History-Info', value])
  headers.push(['Diversion', `<${workflow.uri}>;reason=${reason};counter=1`])
  for (const value of inbound.header('Diversion')) headers.push(['Diversion', value])
  return headers
}

/** RFC 7044 §9: the earlier entries, then the workflow unless the last entry is the workflow, then the target. */
function history(before: readonly string[], workflow: string, target: string): string[] {
  const last = before.at(-1) ?? ''
  const named = last.startsWith(`<${workflow}>`) ? indexOf(last) : undefined
  if (named !== undefined) return [...before, entry(target, `${named}.1`, named)]
  const [indexed] = before.flatMap(value => indexOf(value) ?? []).slice(-1)
  const index = indexed === undefined ? '1' : `${indexed}.1`
  return [...before, entry(workflow, index), entry(target, `${index}.1`, index)]
}

const entry = (uri: string, index: string, mappedFrom?: string): string =>
  `<${uri}>;index=${index}${mappedFrom === undefined ? '' : `;mp=${mappedFrom}`}`

const indexOf = (value: string): string | undefined => /;\s*index\s*=\s*(\d+(?:\.\d+)*)/i.exec(value)?.[1]

/** One hop less than the caller's INVITE had left, so that a loop through us ends (RFC 3261 §16.6). */
function hops(inbound: InboundCall): { maxForwards?: number } {
  const left = Number(inbound.header('Max-Forwards')[0] ?? 70)
  return Number.isInteger(left) && left > 0 ? { maxForwards: left - 1 } : {}
}
