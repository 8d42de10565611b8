import type { DialledWorkflow } from '../config/call-settings.js'
import type { Attachment, ExtraHeader } from '../legs/body.js'
import type { Party } from '../legs/party.js'
import type { CallId, CallView } from '../routing/index.js'

/** Of a caller's name or URI, in characters: callers choose them, and a phone takes only messages of some length. */
const longestField = 256
/** The answers to this many questions, the latest ones. */
const mostAnswers = 20

/** What an agent's program may want to know about a call that rings. `waitedSeconds`: since the caller's INVITE. */
interface CallContextDocument {
  readonly version: 1
  readonly callId: CallId
  readonly workflow: string
  readonly workflowName: string
  readonly queue: string | null
  readonly caller: string
  readonly callerName: string | null
  readonly answers: readonly { readonly digit: string; readonly name: string }[]
  readonly waitedSeconds: number
}

/**
 * The part of the INVITE to an agent that tells how the caller got there (RFC 5621). A phone that does not know its type may ignore it
 * (handling=optional). `caller`: as agents may see them.
 */
export function contextPart(workflow: DialledWorkflow, caller: Party, view: CallView, waited: number): Attachment {
  const document: CallContextDocument = {
    ...{ version: 1, callId: view.id, workflow: workflow.name, workflowName: workflow.displayName, queue: view.queue ?? null },
    caller: caller.uri.slice(0, longestField),
    callerName: caller.displayName?.slice(0, longestField) ?? null,
    answers: view.answers.slice(-mostAnswers).map(({ digit, name }) => ({ digit, name })),
    waitedSeconds: Math.round(waited / 1_000),
  }
  const text = Buffer.from(JSON.stringify(document)).toString('latin1')
  return { type: 'application/vnd.carillon.call+json', disposition: 'info;handling=optional', text }
}

/** Lync clients show that the caller does not see the agent. */
export const anonymityHeader = ({ anonymous, callContext }: DialledWorkflow): readonly ExtraHeader[] =>
  anonymous && callContext ? [['Ms-Call-Info', 'rgs.anonymization']] : []
