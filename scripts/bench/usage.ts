import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The kernel's figures for a process. */
export interface Usage {
  /** User and system time since its start. */
  readonly cpuMs: number
  readonly rssKiB: number
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // After the name in parentheses, which may contain spaces: user time is field 14, system time 15 (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return { cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond, rssKiB: Number(rss?.[1] ?? 0) }
}
