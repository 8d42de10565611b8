import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** The environment variable that a program is started with; all that it starts has it too, whatever its group, session or parent. */
export const markName = 'CARILLON_SPEECH'
/** Programs may start others while they are being killed; what still does after so many rounds is left. */
const mostRounds = 5

export const newMark = (): string => randomBytes(12).toString('hex')

/**
 * Kills a program with its process group, and on Linux all processes with its mark: those that left the group by setsid, or whose parent has
 * ended. A process that has cleared its environment, or runs as another user, is not found.
 */
export function killAll(group: number | undefined, mark: string): void {
  if (group !== undefined) kill(-group)
  for (let round = 0; round < mostRounds; round += 1) {
    const marked = markedProcesses(mark)
    if (marked.length === 0) return
    for (const pid of marked) kill(pid)
  }
}

/** Processes that live, by the environment that they were started with (proc(5)). */
function markedProcesses(mark: string): readonly number[] {
  const assignment = `${markName}=${mark}`
  return numbersIn('/proc').filter(pid => textOf(`/proc/${pid}/environ`).split('\0').includes(assignment))
}

function numbersIn(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .filter(name => /^[1-9]\d*$/.test(name))
      .map(Number)
  } catch {
    return [] // No Linux, or /proc is not mounted: the group was killed, more is not possible.
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return '' // It has ended, or is another user's.
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
