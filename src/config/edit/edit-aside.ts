import type { Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import { inThread, TookTooLong, wasTooLarge } from '../in-thread.js'
import { runEditWork, type EditWorkName, type EditWorks } from './edit-work.js'
import type { EditTask } from './prepare.js'

/** A config with 10,000 agents takes some three seconds on a busy machine. */
const longest = seconds(60)

/** Does the work in a thread of its own, like `loadConfigAside`. Undefined: the config needs too much memory or time. */
export async function editAside<Name extends EditWorkName>(
  task: EditTask,
  name: Name,
  ask: EditWorks[Name]['ask'],
  { clock, failed }: { readonly clock: Clock; readonly failed: (error: Error) => void },
): Promise<{ readonly outcome: EditWorks[Name]['outcome'] } | undefined> {
  try {
    return { outcome: await inThread(new URL('./edit-thread.js', import.meta.url), { task, name, ask }, { clock, after: longest }) }
  } catch (error) {
    if (wasTooLarge(error) || error instanceof TookTooLong) return undefined
    failed(error instanceof Error ? error : new Error(String(error)))
    return { outcome: await runEditWork(task, name, ask) }
  }
}
