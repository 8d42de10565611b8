import { readFileSync } from 'node:fs'

/** How many files and sockets this process may have open; Infinity where the machine does not say. Node takes the hard limit at its start. */
export function mostDescriptors(limits = '/proc/self/limits'): number {
  try {
    const [, hard = ''] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync(limits, 'utf8')) ?? []
    return /^\d+$/.test(hard) ? Number(hard) : Infinity
  } catch {
    return Infinity // no Linux
  }
}
