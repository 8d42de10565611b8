import { systemClock } from '../../../src/foundation/clock.js'
import { createLogger } from '../../../src/observability/logger.js'

// Run by logger.test.ts with a pipe as standard output: more lines than a pipe holds.
const logger = createLogger({ level: 'info', clock: systemClock })
for (let i = 0; i < 2_000; i++) logger.log.info?.(`line ${i}`, { filling: 'x'.repeat(200) })
void logger.flush().then(() => {
  process.exitCode = logger.dropped()
})
