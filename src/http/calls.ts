import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { shownUri } from '../calls/shown-uri.js'
import { iso } from '../foundation/time.js'
import { type CallId, callId } from '../routing/world/ids.js'
import { callView, callViews, type CallParties, type CallView } from '../routing/index.js'
import { cut } from '../calls/step.js'
import { filledTemplate } from '../config/screen-pop.js'
import type { CallRecord } from '../store/port.js'
import type { Access } from './access.js'
import type { CallDocument } from './documents.js'
import { listOf, sliceUnits } from './listing.js'
import type { BundledCall, LadderForms, LiveServer, ToldForms } from './live-server.js'
import { Problem, readable } from './problem.js'
import { ladderQuery, legQuery, parsed } from './queries.js'
import { recordDocument, recordPage, recordSight, seesRecord, type RecordDetails } from './records.js'
import { actsOnCalls, type Sight } from './rights.js'
import { Running } from './running.js'
import { supervisorsShown } from './supervision.js'

/** The most calls found by a SIP Call-ID. It usually belongs to one call, or to a few if a PBX sent it to several numbers. */
const mostFound = 10
/** Ladders in progress. Each holds up to 1 MiB of messages in memory. */
const mostLadders = { ofPerson: 2, inAll: 8 }

/** Bundles in progress. Each has a thread that may read a long journal. */
const mostBundles = { ofPerson: 1, inAll: 2 }

/** Making this much of a ladder costs about one unit of reads. */
const charactersPerUnit = 4 * 1024

/**
 * `/api/calls`: calls that wait, ring or talk now, or records of finished calls. `/explain` and `/ladder` work as far back as stories and SIP
 * messages are kept.
 */
export function callRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  const finder = finderOf(live, access)
  const { find, found, named } = finder
  ladderRoute(server, live, access, finder)
  bundleRoute(server, live, access, finder)
  server.get<{ Querystring: { state?: string; sipCallId?: string } }>('/api/calls', (request, reply) => {
    const { state, ...more } = request.query
    if (state === 'finished')
      return recordPage(
        live,
        request.query,
        recordSight(access, request),
        detailsFor(live, access, request),
        access.reading(request),
      )
    if (state === undefined && more.sipCallId !== undefined) return found(request, parsed(legQuery, request.query).sipCallId)
    if ((state ?? 'active') !== 'active' || Object.keys(more).length > 0)
      throw new Problem(
        400,
        "state is 'active' (the calls of now, without filters) or 'finished' (their records); without it, sipCallId finds calls of now and of before",
      )
    const sight = access.sight(request)
    const views = callViews(live.world(), parties => seesCall(sight, parties))
    return listOf(
      reply,
      access.personOf(request),
      views,
      view => callDocument(live, view, sight),
      items => access.charge(request, sliceUnits(items)),
    )
  })

  server.get<{ Params: { callId: string } }>('/api/calls/:callId', async request => {
    const call = await find(request, await named(request, request.params.callId))
    if (!call) throw new Problem(404, unknown(request.params.callId))
    return 'phase' in call
      ? callDocument(live, call, access.sight(request))
      : recordDocument(call, detailsFor(live, access, request))
  })

  server.get<{ Params: { callId: string } }>('/api/calls/:callId/explain', async (request, reply) => {
    const call = await named(request, request.params.callId)
    const story = live.explain(call)
    const seen = (story && access.seesAll(request)) || (await find(request, call))
    if (!seen) throw new Problem(404, `nothing is known of a call '${call}': it never was here, or is too long ago`)
    if (!story)
      throw new Problem(
        404,
        `the decisions of the call '${call}' are not kept over a restart, nor for ever, unlike its record; the journal (data/journal, or journal.folder of the config) has every event for \`carillon replay\``,
      )
    return told(request, reply, story)
  })
}

/** `/api/calls/{callId}/ladder`: the SIP messages of a call. */
function ladderRoute(server: FastifyInstance, live: LiveServer, access: Access, { find, named }: CallFinder): void {
  const ladders = new Running(
    mostLadders,
    () => new Problem(429, 'too many ladders are being made; try again in a few seconds', { 'retry-after': '5' }),
  )
  server.get<{ Params: { callId: string } }>('/api/calls/:callId/ladder', async (request, reply) => {
    const call = await named(request, request.params.callId)
    const seen = await find(request, call)
    if (!seen) throw new Problem(404, unknown(request.params.callId))
    const arrivedAt = 'phase' in seen ? live.wall(seen.arrivedAt) : seen.arrivedAt
    const left = ladders.enter(access.who(request))
    const ladder = await live.ladder(call, arrivedAt, maySeeDialogNames(access, request)).finally(left)
    access.charge(request, ladder.document().messages.reduce((sum, { text }) => sum + text.length, 0) / charactersPerUnit)
    return toldOrFile(request, reply, ladder, call)
  })
}

/** `/api/calls/{callId}/bundle`: a file for a bug report. */
function bundleRoute(server: FastifyInstance, live: LiveServer, access: Access, { find, named }: CallFinder): void {
  const bundles = new Running(
    mostBundles,
    () => new Problem(429, 'too many bundles are being made; try again in a few seconds', { 'retry-after': '5' }),
  )
  server.get<{ Params: { callId: string } }>('/api/calls/:callId/bundle', async (request, reply) => {
    const call = await named(request, request.params.callId)
    const seen = await find(request, call)
    if (!seen) throw new Problem(404, unknown(request.params.callId))
    // A bundle names nobody, and who listened says nothing about a bug.
    const of: BundledCall =
      'phase' in seen
        ? {
            document: withoutSupervisors(callDocument(live, seen, access.sight(request))),
            arrivedAt: live.wall(seen.arrivedAt),
          }
        : {
            document: recordDocument(seen, { withDialogNames: false, withSupervisors: false }),
            arrivedAt: seen.arrivedAt,
            endedAt: seen.endedAt,
          }
    const left = bundles.enter(access.who(request))
    const bundle = await live.bundle(call, of).finally(left)
    void reply.header('content-disposition', `attachment; filename="carillon-${call}.zip"`)
    return reply.type('application/zip').send(Buffer.from(bundle))
  })
}

interface CallFinder {
  /** A call that the person may not see counts as missing. */
  readonly find: (request: FastifyRequest, call: CallId) => Promise<CallView | CallRecord | undefined>
  /** The calls with a leg of this SIP Call-ID, as a page. */
  readonly found: (request: FastifyRequest, sipCallId: string) => Promise<{ calls: unknown[]; next: null }>
  /** Our id of the call. The request may give a SIP Call-ID of a leg; then the latest call with it is used. */
  readonly named: (request: FastifyRequest, name: string) => Promise<CallId>
}

function finderOf(live: LiveServer, access: Access): CallFinder {
  const find = async (request: FastifyRequest, call: CallId): Promise<CallView | CallRecord | undefined> => {
    const view = callView(live.world(), call)
    if (view) return seesCall(access.sight(request), view) ? view : undefined
    const record = await readable(live.record(call, access.reading(request).reader))
    return record && seesRecord(recordSight(access, request), record) ? record : undefined
  }

  /** The visible calls with a leg of this SIP Call-ID. The answer tells a person who knows a Call-ID nothing new. */
  const withLeg = async (request: FastifyRequest, sipCallId: string): Promise<readonly (CallView | CallRecord)[]> => {
    const sight = access.sight(request)
    const views = live.callsBySipCallId(sipCallId).flatMap(call => callView(live.world(), call) ?? [])
    const filter = { sipCallId: cut(sipCallId), ...recordSight(access, request), limit: mostFound }
    const { items } = await readable(live.records(filter, access.reading(request).reader))
    return [...views.filter(view => seesCall(sight, view)), ...items]
  }

  const found = async (request: FastifyRequest, sipCallId: string): Promise<{ calls: unknown[]; next: null }> => {
    const calls = await withLeg(request, sipCallId)
    const [sight, details] = [access.sight(request), detailsFor(live, access, request)]
    return {
      calls: calls.map(each => ('phase' in each ? callDocument(live, each, sight) : recordDocument(each, details))),
      next: null,
    }
  }

  const named = async (request: FastifyRequest, name: string): Promise<CallId> => {
    const call = callId(name)
    if (callView(live.world(), call) || live.explain(call)) return call
    if (await readable(live.record(call, access.reading(request).reader))) return call
    const [latest] = await withLeg(request, name)
    if (!latest) return call
    return 'phase' in latest ? latest.id : latest.call
  }

  return { find, found, named }
}

/** Which details of a record the person may see. */
const detailsFor = (live: LiveServer, access: Access, request: FastifyRequest): RecordDetails => ({
  withDialogNames: maySeeDialogNames(access, request),
  withSupervisors: access.sight(request).supervisors === 'always' || live.supervisionIsShown(),
})

/** Whether the person may see the SIP Call-IDs of a call. */
function maySeeDialogNames(access: Access, request: FastifyRequest): boolean {
  const who = access.who(request)
  return who !== undefined && actsOnCalls(who)
}

const unknown = (call: string): string => `there is no call '${call}' in progress, and none in the records`

/** As text if the client accepts text. */
function told(request: FastifyRequest, reply: FastifyReply, it: ToldForms<unknown>): FastifyReply {
  const asText = request.headers.accept?.includes('text/plain') === true
  return asText ? reply.type('text/plain; charset=utf-8').send(it.text()) : reply.send(it.document())
}

const endings = { json: 'json', text: 'txt', pcap: 'pcap' } as const

/** The query may ask for a file for a browser to save. `call`: our own id, of letters, digits and a hyphen. */
function toldOrFile(request: FastifyRequest, reply: FastifyReply, ladder: LadderForms, call: CallId): FastifyReply {
  const { form } = parsed(ladderQuery, request.query)
  if (form === undefined) return told(request, reply, ladder)
  void reply.header('content-disposition', `attachment; filename="${call}.${endings[form]}"`)
  if (form === 'json') return reply.send(ladder.document())
  if (form === 'text') return reply.type('text/plain; charset=utf-8').send(ladder.text())
  return reply.type('application/vnd.tcpdump.pcap').send(ladder.pcap())
}

/** A call is visible by its queue, its workflow, or an agent whose phone rings or who talks. */
export function seesCall({ queues, workflows, self }: Sight, { queue, workflow, agent, outbound, offers }: CallParties): boolean {
  if (workflows.has(workflow) || (queue !== undefined && queues.has(queue))) return true
  return self !== undefined && (agent === self || outbound?.agent === self || offers.some(offer => offer.agent === self))
}

const withoutSupervisors = (document: CallDocument): CallDocument => ({ ...document, supervisors: [] })
const consultationOf = ({ consultation }: CallView): CallDocument['consultation'] =>
  consultation ? { agent: null, ...consultation } : null
const directionOf = ({ outbound }: CallView): Pick<CallDocument, 'direction' | 'calling'> =>
  outbound ? { direction: 'outbound', calling: shownUri(outbound.to) } : { direction: 'inbound', calling: null }
const recordingOf = (caller: ReturnType<LiveServer['caller']>): CallDocument['recording'] => caller?.recording ?? null

function screenPopOf(live: LiveServer, { id, workflow }: CallView, caller: ReturnType<LiveServer['caller']>): string | null {
  const template = live.screenPop(workflow)
  if (template === undefined) return null
  const { uri = '', displayName = '' } = caller ?? {}
  const user = /^[a-z]+:([^@;?]*)/i.exec(uri)?.[1] ?? ''
  const isAnonymous = user.toLowerCase() === 'anonymous'
  const values = { caller: user, callerUri: uri, callerName: displayName, workflow, callId: id }
  return filledTemplate(template, isAnonymous ? { ...values, caller: '', callerUri: '' } : values) ?? null
}

export function callDocument(live: LiveServer, view: CallView, sight: Pick<Sight, 'supervisors'>): CallDocument {
  const caller = live.caller(view.id)
  return {
    callId: view.id,
    workflow: view.workflow,
    ...directionOf(view),
    caller: caller?.uri ?? '',
    callerName: caller?.displayName ?? null,
    arrivedAt: iso(live.wall(view.arrivedAt)),
    queue: view.queue ?? view.answeredFrom ?? null,
    state: view.phase,
    since: iso(live.wall(view.since)),
    position: view.position ?? null,
    estimatedWait: view.estimatedWait === undefined ? null : view.estimatedWait / 1000,
    answers: view.answers,
    agent: view.agent ?? null,
    group: view.group ?? null,
    offers: view.offers.map(({ offer, agent, group }) => ({ offer, agent, group })),
    recording: recordingOf(caller),
    supervisors: supervisorsShown(live, sight, caller),
    forwardingTo: view.forwardingTo ?? null,
    consultation: consultationOf(view),
    screenPop: screenPopOf(live, view, caller),
  }
}
