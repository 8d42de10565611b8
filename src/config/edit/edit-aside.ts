import { inThread, wasTooLarge } from '../in-thread.js'
import { runEditWork, type EditWorkName, type EditWorks } from './edit-work.js'
import type { EditTask } from './prepare.js'

/** Does the work in a thread of its own, like `loadConfigAside`. Undefined: the config needs too much memory. */
export async function editAside<Name extends EditWorkName>(
  task: EditTask,
  name: Name,
  ask: EditWorks[Name]['ask'],
  failed: (error: Error) => void,
): Promise<{ readonly outcome: EditWorks[Name]['outcome'] } | undefined> {
  try {
    return { outcome: await inThread(new URL('./edit-thread.js', import.meta.url), { task, name, ask }) }
  } catch (error) {
    if (wasTooLarge(error)) return undefined
    failed(error instanceof Error ? error : new Error(String(error)))
    return { outcome: await runEditWork(task, name, ask) }
  }
}
