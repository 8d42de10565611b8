import { fault, ok, type Result } from '../../foundation/result.js'
import type { Brand } from '../../foundation/time.js'

/** Names and identities that the core speaks in. Each has its maker where it enters: config, the shell, or the core itself. */

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

const agentForm = /^(sips?):([^@\s;?<>]+)@([^@\s;?<>]+)$/i

/** Makes an AgentUri: scheme and host in lower case, no dot at the host's end, the user part as it is (RFC 3261 §19.1.4: it is case-sensitive). */
export function agentUri(text: string): Result<AgentUri> {
  const [, scheme, user, host] = agentForm.exec(text) ?? []
  if (scheme === undefined || user === undefined || host === undefined)
    return fault(`'${text}' is not a SIP URI such as sip:alice@example.com`)
  return ok(`${scheme.toLowerCase()}:${user}@${host.toLowerCase().replace(/\.(?=(?::\d+)?$)/, '')}` as AgentUri)
}
