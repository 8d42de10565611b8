import { fault, ok, type Result } from '../../foundation/result.js'
import type { Brand } from '../../foundation/time.js'

/**
 * Names and ids of the core. One function here makes each kind. Only `agentUri` checks its text. Code that calls the others must know that
 * the text is valid.
 */

/** One caller's stay, from INVITE to its end. The shell makes the id on arrival. */
export type CallId = Brand<string, 'CallId'>
/** An agent: the normalised SIP URI from agents.yaml. */
export type AgentUri = Brand<string, 'AgentUri'>
export type GroupName = Brand<string, 'GroupName'>
export type QueueName = Brand<string, 'QueueName'>
export type WorkflowName = Brand<string, 'WorkflowName'>
/** A prompt or music of the config. The same words in the same voice have the same id. */
export type PromptId = Brand<string, 'PromptId'>
/** One ring attempt: `<callId>.<n>`. The core counts `n` per call. */
export type OfferId = Brand<string, 'OfferId'>
/** A timer that the core asked for, counted by the core. */
export type TimerId = Brand<number, 'TimerId'>

export const callId = (text: string): CallId => text as CallId
export const groupName = (text: string): GroupName => text as GroupName
export const queueName = (text: string): QueueName => text as QueueName
export const workflowName = (text: string): WorkflowName => text as WorkflowName
export const promptId = (text: string): PromptId => text as PromptId
export const timerId = (count: number): TimerId => count as TimerId

/** The offer of the call with this number, counted from 1. */
export const offerId = (call: CallId, count: number): OfferId => `${call}.${count}` as OfferId
/** An offer id that came from outside. There may be no such offer. */
export const namedOffer = (text: string): OfferId => text as OfferId
/** The call for which an offer was made. */
export const callOfOffer = (offer: OfferId): CallId => callId(offer.slice(0, Math.max(0, offer.lastIndexOf('.'))))
/** An agent URI that came from outside or from a table. There may be no such agent. */
export const namedAgent = (text: string): AgentUri => text as AgentUri

const agentForm = /^(sips?):([^@\s;?<>]+)@([^@\s;?<>]+)$/i

/**
 * Makes an AgentUri, or a fault if the text is not a SIP URI. Scheme and host become lower case, and a dot at the host's end is
 * removed. The user part is case-sensitive and stays (RFC 3261 §19.1.4).
 */
export function agentUri(text: string): Result<AgentUri> {
  const [, scheme, user, host] = agentForm.exec(text) ?? []
  if (scheme === undefined || user === undefined || host === undefined)
    return fault(`'${text}' is not a SIP URI such as sip:alice@example.com`)
  return ok(`${scheme.toLowerCase()}:${user}@${host.toLowerCase().replace(/\.(?=(?::\d+)?$)/, '')}` as AgentUri)
}
