import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** An environment variable of the program. Everything that the program starts inherits it, in any group, session or parent. */
export const markName = 'CARILLON_SPEECH'
/** How often marked processes are looked for. Programs may start others while they are killed. After that the rest keeps running. */
const mostRounds = 5

export const newMark = (): string => randomBytes(12).toString('hex')

/**
 * Kills a program with its process group, and on Linux all processes with its mark, even if they left the group by setsid or
 * their parent has ended. Processes that cleared their environment or run as another user are not found.
 */
export function killAll(group: number | undefined, mark: string): void {
  if (group !== undefined) kill(-group)
  for (let round = 0; round < mostRounds; round += 1) {
    const marked = markedProcesses(mark)
    if (marked.length === 0) return
    for (const pid of marked) kill(pid)
  }
}

/** Running processes with this mark in their initial environment (proc(5)). */
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
    return [] // Not Linux, or /proc is not mounted. The group was killed; more is not possible.
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return '' // The process has ended, or belongs to another user.
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The process has already ended.
  }
}
