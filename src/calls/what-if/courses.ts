import type { Outcome } from '../step.js'
import type { AgentUri, CallEnd, CallId, Fact, WorkflowName } from '../../routing/index.js'
import type { Millis } from '../../foundation/time.js'

/** What became of one call. */
export interface Course {
  readonly workflow: WorkflowName
  /** The agents, in the order of the offers. */
  readonly offered: readonly AgentUri[]
  /** Undefined: it was still in progress at the end of the journal. */
  readonly end?: CallEnd
  /** The agent who talked to the caller first. */
  readonly agent?: AgentUri
  readonly forwardedTo?: string
  /** From the arrival until the caller talked, or until the end without a talk. */
  readonly waited?: Millis
}

/** Follows calls through the effects of the core. Calls that arrived before the journal began are left out. */
export class Courses {
  readonly #byCall = new Map<CallId, Course>()

  get all(): ReadonlyMap<CallId, Course> {
    return this.#byCall
  }

  read({ acts, facts }: Outcome): void {
    // Facts come first, because the first offer may come in the same step as the fact of the arrival.
    for (const fact of facts) this.#readFact(fact)
    for (const act of acts)
      if (act.kind === 'offer') this.#change(act.call, course => ({ offered: [...course.offered, act.agent] }))
  }

  #readFact(fact: Fact): void {
    switch (fact.kind) {
      case 'callArrived':
        this.#byCall.set(fact.call, { workflow: fact.workflow, offered: [] })
        return
      case 'callConnected':
        return this.#change(fact.call, ({ agent, waited }) => ({ agent: agent ?? fact.agent, waited: waited ?? fact.waited }))
      case 'callForwarded':
        return this.#change(fact.call, () => ({ forwardedTo: fact.to }))
      case 'callFinished':
        return this.#change(fact.call, ({ waited }) => ({ end: fact.why, waited: waited ?? fact.waited }))
      default:
    }
  }

  #change(call: CallId, change: (course: Course) => Partial<Course>): void {
    const course = this.#byCall.get(call)
    if (course) this.#byCall.set(call, { ...course, ...change(course) })
  }
}
