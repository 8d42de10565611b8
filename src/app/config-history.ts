import { formatFault, type ConfigFault } from '../config/faults.js'
import { plan, type Change } from '../config/plan.js'
import type { PlanView } from '../config/plan-view.js'
import type { WallTime } from '../foundation/time.js'
import type { ConfigCheck } from '../http/live-server.js'

/** How many of the latest config changes are kept. */
const remembered = 20

/** The result of the last reading of the config, and the changes since the server started. */
export class ConfigHistory {
  #last: Omit<ConfigCheck, 'changes'>
  #changes: readonly { readonly at: WallTime; readonly changes: readonly Change[] }[] = []
  #latest: readonly Change[] = []

  constructor(warnings: readonly ConfigFault[], at: WallTime) {
    this.#last = { readAt: at, faults: [], warnings: warnings.map(formatFault) }
  }

  /** What the last reading changed. */
  get latest(): readonly Change[] {
    return this.#latest
  }

  get check(): ConfigCheck {
    return { ...this.#last, changes: this.#changes }
  }

  refused(faults: readonly ConfigFault[], at: WallTime): void {
    this.#last = { readAt: at, faults: faults.map(formatFault), warnings: [] }
    this.#latest = []
  }

  /** Notes a config that is in force now. Returns what changed. */
  accepted(warnings: readonly ConfigFault[], before: PlanView, after: PlanView, at: WallTime): readonly Change[] {
    this.#last = { readAt: at, faults: [], warnings: warnings.map(formatFault) }
    const { changes } = plan(before, after, [])
    this.#latest = changes
    if (changes.length > 0) this.#changes = [{ at, changes }, ...this.#changes].slice(0, remembered)
    return changes
  }
}
