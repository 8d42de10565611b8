import { MemoryWatch } from '../../../src/app/memory.js'
import { silentLog } from '../../../src/foundation/log.js'
import { FakeClock } from '../../fakes/clock.js'

/** Run in a process of its own: fills its heap with what lasts until new calls are refused, a MiB or so a second. It dies if they never are. */
const clock = new FakeClock()
const watch = new MemoryWatch(clock, silentLog)
watch.start()
const kept: string[][] = []
while (!watch.isLow) {
  kept.push(Array.from({ length: 20_000 }, (_, index) => `call ${kept.length} ${index}`))
  clock.pass(1_000)
}
process.stdout.write(`refused with ${kept.length} pieces`)
