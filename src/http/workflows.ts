import type { FastifyInstance } from 'fastify'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { workflowView } from '../routing/index.js'
import type { WallTime } from '../foundation/time.js'
import type { Access } from './access.js'
import type { WorkflowDocument } from './documents.js'
import { listOf } from './listing.js'
import type { LiveServer } from './live-server.js'

/** In ms. Everybody gets the same list for this long, because evaluating the hours of one workflow takes a third of a millisecond. */
const shownFor = 1_000
/** How many documents are made in one turn of the event loop. */
const perTurn = 10

interface Made {
  readonly at: WallTime
  readonly routing: ReturnType<LiveServer['routing']>
  readonly list: Promise<readonly WorkflowDocument[]>
}

/** `/api/workflows`: what can be dialled, and what a call would meet now. */
export function workflowRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  let made: Made | undefined
  server.get('/api/workflows', async (request, reply) => {
    const [at, routing] = [live.wall(live.now()), live.routing()]
    // The wall clock may be set back.
    if (made?.routing !== routing || Math.abs(at - made.at) >= shownFor) made = { at, routing, list: documentsOf(live, at) }
    return listOf(reply, access.personOf(request), await made.list, document => document)
  })
}

async function documentsOf(live: LiveServer, at: WallTime): Promise<readonly WorkflowDocument[]> {
  const routed = new Map(live.routing().workflows.map(workflow => [workflow.name, workflow]))
  const documents: WorkflowDocument[] = []
  for (const { name, uri, number, displayNumber, displayName } of live.planBasis().view.workflows) {
    const settings = routed.get(name)
    const view = settings && workflowView(settings, at)
    documents.push({
      name,
      uri,
      number: number ?? null,
      displayNumber: displayNumber ?? number ?? null,
      displayName,
      opening: view?.opening ?? 'inactive',
      queues: view?.queues ?? [],
    })
    if (documents.length % perTurn === 0) await nextTurn()
  }
  return documents
}
