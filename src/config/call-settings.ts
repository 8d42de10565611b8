import type { AgentUri, GroupName, PromptId, WorkflowName } from '../routing/world/ids.js'

/** The settings with which the shell recognises dialled URIs and reaches agents. */
export interface CallSettings {
  /**
   * Our SIP domain in lower case. When a dialled host is compared, the hosts of `advertise` and of the listen addresses also count as ours.
   */
  readonly domain: string
  readonly ourHosts: readonly string[]
  /** The SIP URI of the proxy that reaches agents without a contact and forward targets. */
  readonly outboundProxy?: string
  /** The URL at which browsers of agents reach the console, without a slash at its end. */
  readonly consoleUrl?: string
  readonly workflows: readonly DialledWorkflow[]
  readonly agents: readonly AgentContact[]
  /** Default: agents may transfer, to agents and workflows. */
  readonly transfers?: TransferSettings
  /** What agents dial to sign in and out. Absent: nothing. */
  readonly signIn?: SignInSettings
  /** The workflows on whose behalf agents may call out. */
  readonly outbound?: readonly OutboundSettings[]
  /** Default: `supervisionDefaults`. */
  readonly supervision?: SupervisionSettings
}

/** Calls of agents on behalf of a workflow. */
export interface OutboundSettings {
  readonly workflow: WorkflowName
  /** The agent dials it before the number, such as `*71`. Absent: only phones that name the workflow in P-Preferred-Identity can call. */
  readonly prefix?: string
  /** The numbers that may be called. `?` stands for one digit, `*` at the end for any number of digits. */
  readonly numbers: readonly string[]
  /** The groups whose agents may call. */
  readonly groups: readonly GroupName[]
  /** The workflow as the called person sees it: a SIP URI, with the telephone number if there is one. */
  readonly identity: string
  /** The host at which numbers are called: that of `outboundProxy`, with its port. */
  readonly at: string
}

/** How supervisors listen to talks. */
export interface SupervisionSettings {
  /** Whether agents see who supervises their calls. Default true. */
  readonly shown: boolean
  /** The most supervisors of one call: 1 to 10, default 2. */
  readonly perCall: number
  /** The most supervisors at the same time: 1 to 1,000, default 50. */
  readonly most: number
  /** The queues with `supervised: true`. Default: none. */
  readonly queues?: readonly string[]
}

export const supervisionDefaults: SupervisionSettings = { shown: true, perCall: 2, most: 50 }

export interface SignInSettings {
  /** Such as `*60`: all formal groups of the agent. */
  readonly code: string
  readonly language: string
  readonly told: SignInPrompts
  readonly groups: readonly {
    readonly name: GroupName
    /** The whole code, such as `*601`. */
    readonly code: string
    readonly told: SignInPrompts
  }[]
}

/** What the agent hears. */
export interface SignInPrompts {
  readonly signedIn: PromptId
  readonly signedOut: PromptId
}

/** Who may transfer the other side of a call by REFER (RFC 3515), and to which targets besides agents and workflows. */
export interface TransferSettings {
  /** Whether callers who come from a trusted peer may transfer. If false, only agents may. */
  readonly byCallers: boolean
  readonly allow: readonly AllowedTarget[]
}

export type AllowedTarget =
  /** Digits, optionally with a plus in front. `?` stands for one digit, `*` at the end for any number of digits. */
  | { readonly kind: 'number'; readonly number: string }
  /** Every user at this host. The host is in lower case, with the port if there is one. An IPv6 address is in brackets. */
  | { readonly kind: 'host'; readonly host: string }
  | { readonly kind: 'uri'; readonly uri: string }

export interface DialledWorkflow {
  readonly name: WorkflowName
  /** The URI that callers dial. */
  readonly uri: string
  /** The workflow's telephone number, such as `+14255550100`, `+14255550100;ext=4001` or `4001`. */
  readonly number?: string
  /** The number as people see it. Default: `number`. */
  readonly displayNumber?: string
  readonly displayName: string
  /** True: nothing that we send to the caller names the agent. */
  readonly anonymous: boolean
  /** Present: the media of its calls pass through our relay. */
  readonly anchored?: true
  /** Which of its talks are recorded. Such a workflow is anchored. Absent: none. */
  readonly recorded?: 'all' | 'some'
  /** Present: supervisors can listen to its talks. Such a workflow is anchored, and its talks have G.711. */
  readonly supervised?: true
  /** What agents see as the caller's name. `{workflow}`, `{caller}` and `{number}` are filled in. Default `{workflow}: {caller}`. */
  readonly callerDisplay: string
  /** Present: the INVITE to an agent also tells how the caller got there. */
  readonly callContext?: true
  /** The address of a page about the caller, with `{caller}` and others. Absent: none. */
  readonly screenPop?: string
  /** The addresses and blocks of the trusted peers whose calls it takes. Absent: all. */
  readonly callersFrom?: readonly string[]
  /**
   * `onAgent`: the caller hears ringback until an agent answers, and no prompts or music. Not allowed for interactive workflows. Default
   * `atOnce`.
   */
  readonly answer: 'atOnce' | 'onAgent'
}

export interface AgentContact {
  readonly uri: AgentUri
  readonly name?: string
  readonly contact?: string
}
