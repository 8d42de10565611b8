import { MemoryWatch } from '../../../src/app/memory.js'
import { silentLog } from '../../../src/foundation/log.js'
import { FakeClock } from '../../fakes/clock.js'

/** Runs in a process of its own. Fills the heap with about 1 MiB a second of objects that stay, until new calls would be refused. Without the watch it dies. */
const clock = new FakeClock()
const watch = new MemoryWatch(clock, silentLog)
watch.start()
const kept: string[][] = []
while (!watch.isLow) {
  kept.push(Array.from({ length: 20_000 }, (_, index) => `call ${kept.length} ${index}`))
  clock.pass(1_000)
}
process.stdout.write(`refused with ${kept.length} pieces`)
