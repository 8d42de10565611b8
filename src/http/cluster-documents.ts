import { z } from 'zod'

export const clusterLeaveSchema = z.strictObject({
  node: z.string().describe('The node that leaves.'),
  to: z.array(z.string()).describe('The nodes that stand by. One of them goes on with the calls.'),
})
export type ClusterLeaveDocument = z.output<typeof clusterLeaveSchema>
