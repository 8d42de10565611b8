import { fault, ok, type Result } from '../../foundation/result.js'
import type { Brand } from '../../foundation/time.js'

/** Names and identities that the core speaks in. Each has one maker here: who calls it vouches for the text. */

/** One caller's stay, from INVITE to its end. Made by the shell on arrival. */
export type CallId = Brand<string, 'CallId'>
/** A person who takes calls: the normalised SIP URI of agents.yaml. */
export type AgentUri = Brand<string, 'AgentUri'>
export type GroupName = Brand<string, 'GroupName'>
export type QueueName = Brand<string, 'QueueName'>
export type WorkflowName = Brand<string, 'WorkflowName'>
/** A prompt or music of the config, by what it says and how: the same words in the same voice are the same prompt. */
export type PromptId = Brand<string, 'PromptId'>
/** One ring attempt: `<callId>.<n>`, counted by the core per call. */
export type OfferId = Brand<string, 'OfferId'>
/** A timer that the core asked for; counted by the core. */
export type TimerId = Brand<number, 'TimerId'>

export const callId = (text: string): CallId => text as CallId
export const groupName = (text: string): GroupName => text as GroupName
export const queueName = (text: string): QueueName => text as QueueName
export const workflowName = (text: string): WorkflowName => text as WorkflowName
export const promptId = (text: string): PromptId => text as PromptId
export const timerId = (count: number): TimerId => count as TimerId

/** The offer of this number, from 1, that was made for the call. */
export const offerId = (call: CallId, count: number): OfferId => `${call}.${count}` as OfferId
/** An offer as somebody outside names it: there may be none of that name. */
export const namedOffer = (text: string): OfferId => text as OfferId
/** The call for which an offer was made. */
export const callOfOffer = (offer: OfferId): CallId => callId(offer.slice(0, Math.max(0, offer.lastIndexOf('.'))))
/** An agent as somebody outside, or our own table, names them: there may be none of that name. */
export const namedAgent = (text: string): AgentUri => text as AgentUri

const agentForm = /^(sips?):([^@\s;?<>]+)@([^@\s;?<>]+)$/i

/** Makes an AgentUri: scheme and host in lower case, no dot at the host's end, the user part as it is (RFC 3261 §19.1.4: it is case-sensitive). */
export function agentUri(text: string): Result<AgentUri> {
  const [, scheme, user, host] = agentForm.exec(text) ?? []
  if (scheme === undefined || user === undefined || host === undefined)
    return fault(`'${text}' is not a SIP URI such as sip:alice@example.com`)
  return ok(`${scheme.toLowerCase()}:${user}@${host.toLowerCase().replace(/\.(?=(?::\d+)?$)/, '')}` as AgentUri)
}
