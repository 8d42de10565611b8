import { started } from './leg.js'

/** A process with gateways, which waits for its end: it tells its child's number, and a port that the child holds. */
const { media, first } = await started()
process.send?.({ child: media.processId, port: first })
