import { readFileSync } from 'node:fs'

/**
 * How many files and sockets this process may open. Infinity if the system does not say. Node raises its limit to the hard limit
 * at the start.
 */
export function mostDescriptors(limits = '/proc/self/limits'): number {
  try {
    const [, hard = ''] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync(limits, 'utf8')) ?? []
    return /^\d+$/.test(hard) ? Number(hard) : Infinity
  } catch {
    return Infinity // Not Linux.
  }
}
