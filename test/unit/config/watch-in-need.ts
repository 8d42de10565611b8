import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { watchConfig } from '../../../src/config/watch.js'
import { systemClock } from '../../../src/foundation/clock.js'

/** Runs in a process of its own with a missing resource. Watches a folder and prints what it is told. A line on its input returns the resource. */
const [need = '', folder = ''] = process.argv.slice(2)
const descriptors: number[] = []

function takeAllDescriptors(): void {
  try {
    for (;;) descriptors.push(openSync('/dev/null', 'r'))
  } catch {
    // EMFILE: no descriptor is left.
  }
}

const forbidden = join(folder, 'forbidden')
if (need === 'permission') {
  mkdirSync(forbidden)
  chmodSync(forbidden, 0)
  // Root may read everything.
  if (process.getuid?.() === 0) process.setuid?.(65_534)
}
// Before the descriptors are used up, because standard input needs one.
process.stdin.once('data', () => {
  for (const descriptor of descriptors) closeSync(descriptor)
})
if (need === 'descriptors') takeAllDescriptors()
const listener = {
  changed: () => undefined,
  impaired: (why: string | undefined) => process.stdout.write(`${why ?? 'whole'}\n`),
}
void watchConfig(folder, listener, systemClock).then(() => process.stdout.write('watching\n'))
