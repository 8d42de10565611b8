/* Made by `npm run schema` from the schemas of the HTTP API. Edit those instead. */
/* eslint-disable max-lines */

export type PresenceState = 'available' | 'inactive' | 'busy' | 'beRightBack' | 'away' | 'offWork' | 'doNotDisturb' | 'offline'

export type Exclusion =
  | 'homedOnline'
  | 'notSignedIn'
  | 'offline'
  | 'doNotDisturb'
  | 'notAvailable'
  | 'onACall'
  | 'ringing'
  | 'wrappingUp'
  | 'paused'
  | 'unreachable'
  | 'inGrace'
  | 'justMissed'
  | 'unsteady'
  | 'offersFull'

export type RoutingMethod = 'longestIdle' | 'parallel' | 'roundRobin' | 'serial' | 'attendant'

export type WaitOutcome = 'answered' | 'abandoned' | 'timedOut' | 'overflowed' | 'moved' | 'noAgents' | 'failed'

export type OfferEnd = 'answered' | 'declined' | 'missed' | 'unreachable' | 'noResponse' | 'withdrawn' | 'lostRace'

export type CallEnd =
  | 'answered'
  | 'abandoned'
  | 'noMedia'
  | 'forwarded'
  | 'forwardFailed'
  | 'timedOut'
  | 'overflowed'
  | 'noAgents'
  | 'inactive'
  | 'closed'
  | 'holiday'
  | 'unanswered'
  | 'disconnected'
  | 'unheard'
  | 'looped'
  | 'unconfigured'
  | 'failed'

export type Agent = {
  readonly uri: string
  readonly name: string | null
  readonly homed: 'local' | 'online'
  readonly presence: {
    readonly state: PresenceState
    readonly since: string
    /** Which source decided, and what it says. */
    readonly because: string
    readonly sources: readonly {
      readonly source: 'calls' | 'console' | 'registration' | 'subscribe' | 'publish' | 'http' | 'always'
      readonly state: PresenceState
      readonly reason: string
      readonly expires: string | null
    }[]
    /** The sources for which the config allows this API to set it. */
    readonly settableBy: readonly ('http' | 'console')[]
  }
  readonly groups: readonly {
    readonly name: string
    readonly participationPolicy: 'informal' | 'formal'
    readonly signedIn: boolean
    /** Why the group offers the agent no call now, as in `explain`. */
    readonly excluded: Exclusion | null
  }[]
  readonly activity: 'free' | 'ringing' | 'talking' | 'wrappingUp'
  readonly callId: string | null
  readonly offers: readonly string[]
  readonly idleSince: string
  /** When the wrap-up ends by itself. Null: the agent is in none. */
  readonly wrapUpUntil: string | null
  /** Since then no call is offered, because the agent missed too many calls in a row. Null: the agent is not paused. */
  readonly pausedSince: string | null
}

export type Group = {
  readonly name: string
  readonly description: string | null
  readonly routingMethod: RoutingMethod
  readonly participationPolicy: 'informal' | 'formal'
  readonly agentAlertTime: number
  readonly agents: readonly string[]
}

export type Queue = {
  readonly name: string
  readonly groups: readonly string[]
  readonly waitingCalls: number
  /** How long the oldest waiting call has waited. 0: none waits. */
  readonly oldestWait: number
  /** How long a caller who came now would wait. Null: not known yet. */
  readonly estimatedWait: number | null
  readonly serviceLevel: {
    /** A wait that is answered within this time counts as good. */
    readonly within: number
    /** The share of waits that should be good, from 0 to 1. */
    readonly target: number
  }
}

export type Call = {
  readonly callId: string
  readonly workflow: string
  /** outbound: an agent calls out on behalf of the workflow; the agent is the caller. */
  readonly direction: 'inbound' | 'outbound'
  /** The caller's URI, without the escapes of its user part. Empty: not known. */
  readonly caller: string
  readonly callerName: string | null
  readonly arrivedAt: string
  /** Where it waits, or waited before an agent answered. Null: in no queue. */
  readonly queue: string | null
  readonly state: 'greeting' | 'asking' | 'farewell' | 'waiting' | 'ringing' | 'joining' | 'connected' | 'forwarding'
  /** When this state began. */
  readonly since: string
  /** Place in the queue, from 1. */
  readonly position: number | null
  /** How long the caller still waits in that place. Null: not known yet. */
  readonly estimatedWait: number | null
  /** What the caller answered to questions, in order. */
  readonly answers: readonly {
    readonly digit: string
    readonly name: string
  }[]
  readonly agent: string | null
  /** The agent group of the agent who took the call. */
  readonly group: string | null
  readonly offers: readonly {
    readonly offer: string
    readonly agent: string
    readonly group: string
  }[]
  /** The URI that the agent calls or talks to, in an outbound call. */
  readonly calling: string | null
  /** The target that is being called, in the state forwarding. */
  readonly forwardingTo: string | null
  /** An agent of the call talks to the target of a transfer first, and the other side waits. */
  readonly consultation: {
    /** The agent who called `to`. Null: they have hung up. */
    readonly agent: string | null
    readonly to: string
    readonly state: 'calling' | 'talking'
  } | null
  /** Null: the call must not be recorded, or nobody talks yet. off: somebody may start it. failed: a fault ended it. */
  readonly recording: 'off' | 'on' | 'paused' | 'failed' | null
  /** The address of a page about the caller, from the config. Null: none. */
  readonly screenPop: string | null
  /** Who listens to the call. Empty for agents if supervision.shown is false. */
  readonly supervisors: readonly {
    readonly name: string
    /** Whose phone they use. */
    readonly agent: string
    readonly mode: 'listen' | 'whisper' | 'barge'
    /** Null: their phone rings. */
    readonly since: string | null
  }[]
}

export type CallRecord = {
  readonly callId: string
  readonly state: 'finished'
  readonly workflow: string
  /** outbound: an agent calls out on behalf of the workflow; the agent is the caller. */
  readonly direction: 'inbound' | 'outbound'
  readonly caller: string
  readonly callerName?: string
  readonly arrivedAt: string
  /** When the caller's INVITE was answered: by a prompt or music, or because the agent answered. */
  readonly answeredAt: string | null
  /** When the caller was joined with an agent or a forward target. */
  readonly joinedAt: string | null
  readonly endedAt: string
  readonly talked: number
  readonly waits: readonly {
    readonly queue: string
    readonly from: string
    readonly waited: number
    readonly outcome: WaitOutcome
  }[]
  readonly offers: readonly {
    readonly agent: string
    readonly group: string
    readonly method: RoutingMethod
    readonly outcome: OfferEnd
    /** The SIP status of the refusal. */
    readonly code?: number
    readonly rang: number
  }[]
  readonly answers: readonly {
    readonly digit: string
    readonly name: string
  }[]
  /** The agent who answered, or who called out. */
  readonly agent?: string
  readonly group?: string
  /** Agents who talked, also after transfers. Side `caller`: the agent made the call, or took the caller’s place. */
  readonly talks?: readonly {
    readonly agent: string
    readonly side: 'agent' | 'caller'
    readonly from: string
    readonly to: string
  }[]
  /** Transfers that a side asked for, whether they succeeded or not. URIs of who asked and of who should take their place. */
  readonly transfers?: readonly {
    readonly at: string
    readonly by: 'agent' | 'caller'
    readonly asker: string
    readonly to: string
    /** The side that asked called `to` first, to talk. */
    readonly consult?: true
    /** busy: the agent behind `to` had another call. refused: the config does not allow it. unfinished: the call ended first. */
    readonly outcome: 'through' | 'failed' | 'busy' | 'refused' | 'takenBack' | 'unfinished'
  }[]
  readonly forwardedTo?: string
  /** The last target of an action that did not take the call, and its SIP response code. */
  readonly forwardFailed?: {
    readonly to: string
    readonly code: number
  }
  readonly transferredBy?: 'agent' | 'caller'
  readonly outcome: CallEnd
  /** Who ended the call. serverHungUp: the rule in `outcome` did. */
  readonly cause: 'callerHungUp' | 'agentHungUp' | 'forwardHungUp' | 'callerGone' | 'failed' | 'serverHungUp'
  /** SIP Call-IDs of the caller's leg, then of the others. Only for people who may act on any call. */
  readonly sipCallIds?: readonly string[]
  /** The final SIP status of the caller's INVITE. */
  readonly status?: number
  /** How much of the talk was recorded; failed: a fault ended or prevented it. Absent: nothing. The recording itself may be deleted since. */
  readonly recorded?: 'whole' | 'partly' | 'failed'
  /** Who listened to the call, and how. Absent for agents if supervision.shown is false. */
  readonly supervised?: readonly {
    readonly name: string
    readonly agent: string
    readonly modes: readonly ('listen' | 'whisper' | 'barge')[]
    readonly from: string
    readonly to: string
  }[]
  /** Media of the talk passed through Carillon. Absent: media flowed directly. */
  readonly anchored?: true
}

export type CallRecordPage = {
  readonly calls: readonly CallRecord[]
  /** The `cursor` of the next page. */
  readonly next: string | null
}

export type FoundCalls = {
  /** Calls in progress first, then the latest ones. */
  readonly calls: readonly (Call | CallRecord)[]
  readonly next: null
}

export type Explanation = {
  readonly callId: string
  readonly workflow: string
  readonly arrivedAt: string
  readonly waits: readonly {
    readonly queue: string
    readonly from: string
    readonly outcome: WaitOutcome | null
    readonly waited: number | null
  }[]
  readonly forgottenOffers: number
  readonly offers: readonly {
    readonly offer: string
    readonly agent: string
    readonly decision: {
      readonly at: string
      readonly queue: string
      readonly group: string
      readonly method: RoutingMethod
      readonly candidates: readonly {
        readonly agent: string
        readonly position?: number
        readonly idleSince?: string
      }[]
      readonly excluded: readonly {
        readonly agent: string
        readonly why: Exclusion
        readonly presence: {
          readonly state: PresenceState
          readonly since: string
          /** Which source decided, and what it says. */
          readonly because: string
        }
        readonly until: string | null
      }[]
      readonly unlisted: number
      readonly passedOver: readonly {
        readonly group: string
        readonly excluded: readonly {
          readonly agent: string
          readonly why: Exclusion
          readonly presence: {
            readonly state: PresenceState
            readonly since: string
            /** Which source decided, and what it says. */
            readonly because: string
          }
          readonly until: string | null
        }[]
        readonly unlisted: number
      }[]
    }
    readonly ended: {
      readonly why: OfferEnd
      readonly code: number | null
      readonly at: string
      readonly rang: number
    } | null
  }[]
  readonly connected: {
    readonly agent: string
    readonly group: string
    readonly at: string
    readonly waited: number
  } | null
  /** What the workflow said and decided: welcomed, asked, notAnswered, gaveUp, forwarding, forwardFailed. `text` says it in words. */
  readonly steps: readonly {
    readonly at: string
    readonly step: string
    readonly text: string
  }[]
  readonly forwarded: {
    readonly to: string
    readonly at: string
  } | null
  readonly finished: {
    readonly at: string
    readonly why: CallEnd
    readonly cause: 'callerHungUp' | 'agentHungUp' | 'forwardHungUp' | 'callerGone' | 'failed' | 'serverHungUp'
    readonly waited: number
    readonly talked: number
  } | null
}

export type Ladder = {
  readonly callId: string
  /** False: the config keeps no SIP messages. */
  readonly captured: boolean
  /** False: the first messages are no longer kept. */
  readonly complete: boolean
  /** The callers first, then the called, each in the order of their first message. */
  readonly peers: readonly {
    readonly side: 'caller' | 'called'
    readonly uri: string
    /** The address and port of the peer's first message. */
    readonly address: string
  }[]
  readonly messages: readonly {
    readonly at: string
    /** An index in `peers`. */
    readonly peer: number
    /** As seen by Carillon. */
    readonly direction: 'in' | 'out'
    readonly transport: string
    readonly address: string
    readonly sipCallId: string
    /** The method of the request, or of the request that the response answers. `unreadable`: neither can be read. */
    readonly method: string
    /** The status of a response. Null: a request. */
    readonly status: number | null
    readonly reasonPhrase: string | null
    /** Null: the message has no body. */
    readonly contentType: string | null
    /** True: the message is a retransmission. */
    readonly repeated: boolean
    /** The message without passwords, digests and media keys. `…` at the end: it is cut. */
    readonly text: string
    /** How many messages before this one are left out, because the call has too many. */
    readonly leftOutBefore: number
  }[]
}

export type Report = {
  readonly from: string
  readonly to: string
  readonly by: string
  readonly interval: string
  readonly zone: string
  /** The filter of the question, as are queue, group, agent and outcome. */
  readonly workflow?: string
  readonly queue?: string
  readonly group?: string
  readonly agent?: string
  readonly outcome?: CallEnd
  readonly profile: {
    /** 24: the calls by the hour of their arrival, from midnight, on all days together. */
    readonly hours: readonly {
      readonly received: number
      readonly answered: number
      /** Callers who hung up before anybody answered. */
      readonly abandoned: number
    }[]
    /** Seven: the calls by the weekday of their arrival, from Monday. */
    readonly weekdays: readonly {
      readonly received: number
      readonly answered: number
      /** Callers who hung up before anybody answered. */
      readonly abandoned: number
    }[]
  }
  readonly rows: readonly {
    /** The start of the interval: 2026-11, 2026-11-23 (of a week its Monday), or an hour. Empty: the whole period. */
    readonly from: string
    readonly name: string
    readonly received: number
    readonly successful: number
    readonly offered: number
    readonly answered: number
    readonly transferred: number
    /** (received - answered) / received. */
    readonly abandonedByLync: number
    /** The share of callers who hung up before anybody answered. */
    readonly abandoned: number
    /** The share of waits answered within their queue's threshold. Null: no wait counts (docs/contract.md). */
    readonly serviceLevel: number | null
    /** How many waits count for the service level. */
    readonly serviceLevelWaits: number
    readonly averageWait: number
    readonly longestWait: number
    readonly minutesPerAgent: number
    /** Calls of agents on behalf of a workflow. No other figure counts them. */
    readonly outbound: number
    readonly outboundAnswered: number
    /** How long people talked in outbound calls. */
    readonly outboundMinutes: number
  }[]
}

export type Phone = {
  readonly uri: string
  readonly user: string
  readonly password: string
  readonly realm: string
  /** The address to connect to: ws://… or wss://… */
  readonly server: string
  readonly expires: string
}

export type RegisteredPhone = {
  readonly agent: string
  /** As the phone wrote it. */
  readonly contact: string
  readonly transport: string
  /** The connection or address that reaches it. Null: its contact does. */
  readonly reachedAt: string | null
  readonly expires: string
  /** It registered with temporary credentials, as phones in browsers do. */
  readonly isTemporary: boolean
}

export type LogLevels = {
  readonly server: 'error' | 'warn' | 'info' | 'debug'
  readonly config: 'error' | 'warn' | 'info' | 'debug'
  readonly calls: 'error' | 'warn' | 'info' | 'debug'
  readonly sip: 'error' | 'warn' | 'info' | 'debug'
  readonly media: 'error' | 'warn' | 'info' | 'debug'
  readonly presence: 'error' | 'warn' | 'info' | 'debug'
  readonly http: 'error' | 'warn' | 'info' | 'debug'
  readonly store: 'error' | 'warn' | 'info' | 'debug'
}

export type Session = {
  /** True: no user is configured. Everybody on this machine may do everything, and nobody else may do anything. */
  readonly open: boolean
  /** The name of the user or token. Null: nobody has logged in. */
  readonly name: string | null
  readonly kind: 'user' | 'token' | 'loopback' | null
  readonly role: 'viewer' | 'agent' | 'manager' | 'admin' | null
  /** The agent that this user is. */
  readonly agent: string | null
  /** The workflows of a manager. */
  readonly workflows: readonly string[]
  /** The parts of its role that a token may use. */
  readonly scopes: readonly ('read' | 'presence' | 'signIn' | 'calls' | 'recordings' | 'phones' | 'edit' | 'operate')[]
  /** When the session ends at the latest. */
  readonly expires: string | null
  readonly login: {
    /** Whether a log-in with name and password (POST /api/session) is possible. */
    readonly password: boolean
    /** The address at which the browser logs in by OpenID Connect. Null: not possible. */
    readonly oidc: string | null
  }
}

export type AuditEntry = {
  readonly at: string
  readonly who: string
  readonly kind: 'user' | 'token' | 'loopback'
  /** The address from which the request came. */
  readonly from: string
  /** In words, such as: signed sip:alice@example.com out of support. */
  readonly what: string
  readonly agent: string | null
  readonly group: string | null
  readonly done: boolean
  /** Why it was refused. Null: it was done. */
  readonly because: string | null
}

export type AuditPage = {
  readonly entries: readonly AuditEntry[]
  readonly next: string | null
}

export type Webhook = {
  readonly name: string
  /** Where its events go. A query is not shown, because it may have a key. */
  readonly url: string
  readonly events: readonly ('call.arrived' | 'call.ringing' | 'call.answered' | 'call.ended')[]
  /** Events that are not delivered yet. */
  readonly waiting: number
  /** Since the start of the server, as failed and dropped. */
  readonly delivered: number
  /** Given up after six attempts. */
  readonly failed: number
  /** Not sent, because too many events waited. */
  readonly dropped: number
}

export type Delivery = {
  /** The header webhook-id. */
  readonly id: string
  readonly event: 'call.arrived' | 'call.ringing' | 'call.answered' | 'call.ended' | 'test'
  readonly callId: string | null
  readonly at: string
  readonly state: 'waiting' | 'delivered' | 'failed' | 'dropped'
  readonly attempts: number
  /** The HTTP status of the last answer. */
  readonly status: number | null
  /** Why the last attempt got no answer. */
  readonly because: string | null
  /** How long the last attempt took. */
  readonly took: number | null
  /** When the next attempt begins. */
  readonly next: string | null
}

export type Workflow = {
  readonly name: string
  readonly uri: string
  readonly number: string | null
  /** The number as people see it. */
  readonly displayNumber: string | null
  readonly displayName: string
  readonly opening: 'open' | 'closed' | 'holiday' | 'inactive'
  /** The queues that a call can reach now, whatever the caller answers. */
  readonly queues: readonly string[]
}

export type Outbound = {
  readonly workflow: string
  /** For P-Preferred-Identity in the INVITE. */
  readonly uri: string
  readonly displayName: string
  /** The number that the called person sees, as people write it. */
  readonly displayNumber: string | null
}

export type Health = {
  readonly status: string
  readonly version: string
  readonly problems: readonly string[]
  readonly degraded: readonly string[]
  /** Of a node of a cluster. lost: Redis does not answer it. */
  readonly role?: 'leader' | 'standby' | 'lost'
  /** The name of this node of a cluster. */
  readonly node?: string
  /** The node that serves. null: none that this node knows. */
  readonly leader?: string | null
  /** Since when it serves, by the clock of Redis. */
  readonly since?: string | null
  /** The other nodes that could take over at once. */
  readonly standbys?: readonly string[]
}

export type Config = {
  /** The running config as `carillon plan` compares it. */
  readonly view: {
    readonly workflows: readonly {
      readonly name: string
      readonly uri: string
      readonly number?: string
      readonly displayNumber?: string
      readonly displayName: string
    }[]
    readonly presence: readonly {
      readonly agent: string
      readonly sources: string
    }[]
    /** The server's own settings, in words. */
    readonly server: Readonly<Record<string, string>>
  }
  readonly waiting: readonly unknown[]
  /** The keys of `view.server` of which a change takes effect at the next start. */
  readonly atNextStart: readonly string[]
}

export type ConfigCheck = {
  readonly readAt: string
  /** `file:line:column: message`. If there are any, the reload changed nothing. */
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
  /** Changes since the start, the latest first. */
  readonly changes: readonly {
    readonly at: string
    readonly changes: readonly {
      readonly kind: 'server' | 'workflow' | 'queue' | 'group' | 'agent' | 'prompt'
      readonly name: string
      readonly change: 'added' | 'removed' | 'changed'
      readonly fields: readonly {
        readonly field: string
        readonly before?: string
        readonly after?: string
        /** New entries of a list. */
        readonly added?: readonly string[]
        readonly removed?: readonly string[]
        /** The entries are the same, in another order. */
        readonly reordered?: true
        /** The change takes effect at the next start. */
        readonly atNextStart?: true
      }[]
    }[]
  }[]
}

export type ConfigReload = {
  /** False: the config has faults, and the previous one stays in force. */
  readonly taken: boolean
  /** `file:line:column: message`. */
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
  /** What this reading changed. */
  readonly changes: readonly {
    readonly kind: 'server' | 'workflow' | 'queue' | 'group' | 'agent' | 'prompt'
    readonly name: string
    readonly change: 'added' | 'removed' | 'changed'
    readonly fields: readonly {
      readonly field: string
      readonly before?: string
      readonly after?: string
      /** New entries of a list. */
      readonly added?: readonly string[]
      readonly removed?: readonly string[]
      /** The entries are the same, in another order. */
      readonly reordered?: true
      /** The change takes effect at the next start. */
      readonly atNextStart?: true
    }[]
  }[]
  /** Keys that changed since the start of the server and take effect at the next start. */
  readonly restartNeeded: readonly string[]
}

export type ListedObject = {
  readonly of: 'workflow' | 'queue' | 'group' | 'agent' | 'holidays'
  readonly name: string
  readonly file: string
  readonly mayEdit: boolean
}

export type Editable = {
  readonly of: 'workflow' | 'queue' | 'group' | 'agent' | 'holidays'
  readonly name: string
  readonly file: string
  /** Of the file. An edit sends it back. */
  readonly version: string
  /** As the file has them. A field that is absent has its default. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Fields that are neither shown nor changed: secrets, and values from the environment. */
  readonly hidden: readonly string[]
  /** The fields that this person may change. Null: all. */
  readonly mayChange: readonly string[] | null
  /** Why it can’t be edited here. Null: it can. */
  readonly refusal: string | null
  /** The objects that name it. While there are any, it can’t be removed. */
  readonly usedBy: readonly {
    readonly of: 'workflow' | 'queue' | 'group' | 'agent' | 'holidays'
    readonly name: string
  }[]
}

export type EditOutcome = {
  /** For a plan: whether it can be done. False: `faults` says why not. */
  readonly done: boolean
  /** Of the edit in the history. Null for a plan. */
  readonly id: number | null
  /** The file that the edit changes. */
  readonly file: string | null
  readonly changes: readonly {
    readonly kind: 'server' | 'workflow' | 'queue' | 'group' | 'agent' | 'prompt'
    readonly name: string
    readonly change: 'added' | 'removed' | 'changed'
    readonly fields: readonly {
      readonly field: string
      readonly before?: string
      readonly after?: string
      /** New entries of a list. */
      readonly added?: readonly string[]
      readonly removed?: readonly string[]
      /** The entries are the same, in another order. */
      readonly reordered?: true
      /** The change takes effect at the next start. */
      readonly atNextStart?: true
    }[]
  }[]
  /** What happens to the calls that wait now, at most 200. */
  readonly calls: readonly {
    readonly call: string
    /** Where the call waits now. */
    readonly queue: string
    readonly effect: 'keepsPlace' | 'moves' | 'forwarded' | 'ended'
    readonly to: string | null
    readonly position: number | null
    /** Agents whose phones stop ringing. */
    readonly stopsRinging: readonly string[]
    readonly because: string | null
  }[]
  readonly warnings: readonly string[]
  readonly faults: readonly {
    readonly file: string
    readonly line: number
    readonly column: number
    readonly message: string
    /** Such as `hours.mon-fri.0`. */
    readonly field: string | null
  }[]
  /** Why git has no commit of the edit. */
  readonly notCommitted: string | null
}

export type EditPage = {
  readonly edits: readonly {
    readonly id: number
    readonly at: string
    readonly who: string
    readonly of: 'workflow' | 'queue' | 'group' | 'agent' | 'holidays'
    readonly name: string
    readonly action: 'change' | 'add' | 'remove'
    readonly file: string
    readonly changes: readonly {
      readonly kind: 'server' | 'workflow' | 'queue' | 'group' | 'agent' | 'prompt'
      readonly name: string
      readonly change: 'added' | 'removed' | 'changed'
      readonly fields: readonly {
        readonly field: string
        readonly before?: string
        readonly after?: string
        /** New entries of a list. */
        readonly added?: readonly string[]
        readonly removed?: readonly string[]
        /** The entries are the same, in another order. */
        readonly reordered?: true
        /** The change takes effect at the next start. */
        readonly atNextStart?: true
      }[]
    }[]
    /** The edit that this one took back. */
    readonly undoes: number | null
    readonly mayUndo: boolean
  }[]
  readonly next: string | null
}

export type CallRecording = {
  readonly callId: string
  readonly workflow: string
  readonly caller: string
  readonly callerName: string | null
  /** When the recording began. */
  readonly from: string
  /** The length of the sound. Pauses take no time in it. */
  readonly seconds: number
  readonly bytes: number
  /** False: it is being written, and there is no sound yet. */
  readonly isFinished: boolean
  /** Stretches without a break. Between them the recording was paused, or another partner came. */
  readonly parts: readonly {
    /** Where the part begins in the sound. */
    readonly at: number
    readonly from: string
    /** Null: the part is being written. */
    readonly to: string | null
    readonly agent: string | null
  }[]
}

export type CallRecordingPage = {
  readonly recordings: readonly CallRecording[]
  readonly next: string | null
}

export type Waveform = {
  /** The loudest sample of each stretch, from 0 to 1. */
  readonly caller: readonly number[]
  /** The loudest sample of each stretch, from 0 to 1. */
  readonly agent: readonly number[]
}

export type Recording = {
  /** As a prompt names it. */
  readonly file: string
  readonly seconds: number
  readonly bytes: number
  /** Whether a file of the config names it. */
  readonly isUsed: boolean
}

export type RecordingList = {
  readonly recordings: readonly Recording[]
}

export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  /** What is wrong with the request, and the remedy. */
  readonly detail: string
  /** The X-Request-Id of the request. The log has it, too. */
  readonly requestId: string
}
