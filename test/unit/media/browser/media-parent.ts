import { started } from './leg.js'

/** A process with gateways that waits to be killed. It reports the process id of its child and a port that the child holds. */
const { media, first } = await started()
process.send?.({ child: media.processId, port: first })
