import { z } from 'zod'
import { seconds } from '../foundation/time.js'
import { block, duration, listenUri } from './fields.js'

/** The schema of nodes that share a store (docs/operations/several-machines.md). */
export const cluster = block(
  'Several servers of which one serves, and another takes over when it dies. They need store: redis.',
  {
    node: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'expected up to 64 letters, digits, dots, hyphens and underscores')
      .describe('The name of this node. Each node has its own.'),
    lease: duration(seconds(1), seconds(60))
      .describe(
        'How long a node that Redis does not hear of may serve on, 1s to 60s. Another one takes over after that. Default 2s.',
      )
      .prefault('2s'),
    listen: z
      .array(listenUri())
      .describe(
        'Addresses of this node alone, where it answers OPTIONS and INVITE with 503 while it stands by. Only the node that serves listens on sip.listen. Default: none.',
      )
      .prefault([]),
  },
)
