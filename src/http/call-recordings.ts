import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { open, type FileHandle } from 'node:fs/promises'
import { messageOf } from '../foundation/errors.js'
import { iso, wallTime } from '../foundation/time.js'
import type { RecordingFilter, Recordings, StoredRecording } from '../media/port.js'
import { callView } from '../routing/index.js'
import { callId } from '../routing/world/ids.js'
import type { Access } from './access.js'
import { leaveOutOfAudit } from './audit.js'
import { recordingBody } from './bodies.js'
import type { CallRecordingDocument, CallRecordingPageDocument } from './call-recording-documents.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'
import { defined, parsed, storedQuery } from './queries.js'
import { rangeOf } from './ranges.js'
import type { Principal } from './rights.js'
import { Running } from './running.js'
import { whenOver } from './when-over.js'

interface OfCall {
  Params: { callId: string }
}

/** In ms: further ranges of a sound within this time belong to the same listening, and are one entry of the audit log. */
const oneListening = 600_000
/** How many listenings are remembered. */
const mostListenings = 1_000
/** In bytes: reading this much of a file and sending it takes about half a millisecond. */
const bytesPerUnit = 256 * 1024
/** Each reads a recording or searches the folder. */
const mostReadings = { ofPerson: 4, inAll: 16 }

/** `/api/recordings` and `/api/calls/{callId}/recording`: who may hear what is decided here, because only the recording says whose it is. */
export function callRecordingRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  const seen = seenBy(live, access)
  const readings = new Running(
    mostReadings,
    () => new Problem(429, 'too many recordings are being read; try again', { 'retry-after': '2' }),
  )
  const during = async <T>(request: FastifyRequest, read: () => Promise<T>): Promise<T> => {
    const left = readings.enter(access.who(request))
    return await asked(read()).finally(left)
  }
  server.get('/api/recordings', request => during(request, () => page(live, access, request)))
  server.get<OfCall>('/api/calls/:callId/recording', async request => documentOf((await seen(request)).recording))
  server.put<OfCall>('/api/calls/:callId/recording', (request, reply) => setState(live, access, request, reply))
  server.get<OfCall>('/api/calls/:callId/recording/waveform', async request => {
    const { recording, recordings } = await seen(request)
    const waveform = await during(request, () => recordings.waveform(recording.call))
    if (!waveform) throw new Problem(404, 'the sound of this recording is gone')
    return waveform
  })
  const listenings = new Listenings(() => live.now())
  /** Counts the sending until its connection is done with it, because it reads the file until then. `begins`: it was not refused. */
  const sending = (
    request: FastifyRequest,
    reply: FastifyReply,
    sound: OpenSound,
    begins = (): void => undefined,
  ): FastifyReply => {
    try {
      whenOver(reply.raw, readings.enter(access.who(request)))
    } catch (error) {
      sound.handle.close().catch(() => undefined) // Nobody has read it.
      throw error
    }
    begins()
    access.charge(request, sound.length / bytesPerUnit)
    return send(reply, sound)
  }
  // A request HEAD would read the whole file and send nothing of it.
  const options = { exposeHeadRoute: false }
  server.get<OfCall>('/api/calls/:callId/recording/sound', options, async (request, reply) => {
    const { recording, recordings } = await seen(request)
    const sound = await openSound(request, recordings, recording)
    return sending(request, reply, sound, () => {
      if (listenings.goesOn(`${access.personOf(request)} ${recording.call}`)) leaveOutOfAudit(request)
    })
  })
  server.get<OfCall>('/api/calls/:callId/recording/file', options, async (request, reply) => {
    const { recording, recordings } = await seen(request)
    const sound = await openSound(request, recordings, recording)
    void reply.header('content-disposition', `attachment; filename="${recording.call}.wav"`)
    return sending(request, reply, sound)
  })
  server.delete<OfCall>('/api/calls/:callId/recording', async (request, reply) => {
    const { recording, recordings } = await seen(request)
    if (!recording.isFinished) throw new Problem(409, 'the call is being recorded; stop the recording first')
    if (!(await asked(recordings.remove(recording.call))))
      throw new Problem(409, 'the recording is being written; try again in a minute')
    return reply.code(204).send()
  })
}

/** Finds the recording of the call in the request. One that the person may not hear counts as missing. */
function seenBy(live: LiveServer, access: Access) {
  return async (request: FastifyRequest<OfCall>): Promise<{ recording: StoredRecording; recordings: Recordings }> => {
    const { recordings } = live
    const recording = await (recordings && asked(recordings.find(request.params.callId)))
    if (recordings && recording && mayHear(live, access, request, recording)) return { recording, recordings }
    throw new Problem(404, `there is no recording of the call '${request.params.callId}' for you; it may be deleted`)
  }
}

function mayHear(live: LiveServer, access: Access, request: FastifyRequest, { workflow, parts }: StoredRecording): boolean {
  const who = access.who(request)
  if (supervises(who, workflow)) return true
  return live.recordingsOfAgents() === 'own' && who?.agent !== undefined && parts.some(({ agent }) => agent === who.agent)
}

const supervises = (who: Principal | undefined, workflow: string): boolean =>
  who?.role === 'admin' || (who?.role === 'manager' && who.workflows.some(each => each === workflow))

async function page(live: LiveServer, access: Access, request: FastifyRequest): Promise<CallRecordingPageDocument> {
  const { cursor, ...filter } = parsed(storedQuery, request.query)
  const limits = limitsOf(access.who(request), live.recordingsOfAgents())
  const found = await live.recordings?.list(defined({ ...filter, after: cursor, ...limits }))
  if (!found) return { recordings: [], next: null }
  const last = found.more ? found.recordings.at(-1)?.call : undefined
  return { recordings: found.recordings.map(documentOf), next: last ?? null }
}

/** Which recordings a person may find. */
function limitsOf(who: Principal | undefined, ofAgents: 'none' | 'own'): Pick<RecordingFilter, 'workflows' | 'agent'> {
  if (who?.role === 'manager') return { workflows: who.workflows }
  if (who?.role !== 'agent' || who.agent === undefined) return {}
  if (ofAgents === 'own') return { agent: who.agent }
  throw new Problem(403, 'agents may not hear recordings: recordings.agents is none')
}

/** The agent who talks, a manager of the workflow, or an admin. */
function setState(live: LiveServer, access: Access, request: FastifyRequest<OfCall>, reply: FastifyReply): FastifyReply {
  const { state } = parsed(recordingBody, request.body)
  const call = callId(request.params.callId)
  const who = access.who(request)
  const view = callView(live.world(), call)
  const isSupervisor = view !== undefined && supervises(who, view.workflow)
  const isTheirs = who?.agent !== undefined && view?.agent === who.agent
  if (!isSupervisor && !isTheirs) throw new Problem(404, `there is no call '${call}' in progress for you`)
  const outcome = live.setRecording(call, state, isSupervisor)
  if (outcome.kind !== 'done') throw new Problem(409, outcome.because)
  if (outcome.isAsBefore) void reply.header('carillon-unchanged', 'true')
  return reply.code(204).send()
}

/** A WAV that is about to be sent, or a range of it (RFC 9110 §14). */
interface OpenSound {
  readonly handle: FileHandle
  readonly size: number
  readonly range: { readonly from: number; readonly to: number } | undefined
  /** In bytes. */
  readonly length: number
}

async function openSound(request: FastifyRequest, recordings: Recordings, recording: StoredRecording): Promise<OpenSound> {
  if (!recording.isFinished) throw new Problem(409, 'the recording is being written; try again when it is complete')
  const file = recordings.soundOf(recording.call)
  const handle = file === undefined ? undefined : await opened(file)
  if (!handle) throw new Problem(404, 'the sound of this recording is gone')
  const { size } = await handle.stat()
  const range = rangeOf(request.headers.range, size)
  if (range === 'unsatisfiable') {
    await handle.close()
    throw new Problem(416, `the recording has ${size} bytes`, { 'content-range': `bytes */${size}` })
  }
  return { handle, size, range, length: range ? range.to - range.from + 1 : size }
}

function send(reply: FastifyReply, { handle, size, range, length }: OpenSound): FastifyReply {
  void reply.headers({ 'accept-ranges': 'bytes', 'cache-control': 'private, no-store' }).type('audio/wav')
  const { from, to } = range ?? { from: 0, to: size - 1 }
  if (range) void reply.code(206).header('content-range', `bytes ${from}-${to}/${size}`)
  void reply.header('content-length', length)
  return reply.send(handle.createReadStream({ start: from, end: to }))
}

async function opened(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r')
  } catch {
    return undefined // It was deleted just now.
  }
}

/** Who listens to what. */
class Listenings {
  readonly #began = new Map<string, number>()

  constructor(private readonly now: () => number) {}

  /** Whether this is the same listening as a short time ago. */
  goesOn(key: string): boolean {
    const began = this.#began.get(key)
    if (began !== undefined && this.now() - began < oneListening) return true
    this.#began.delete(key)
    const [oldest] = this.#began.keys()
    if (this.#began.size >= mostListenings && oldest !== undefined) this.#began.delete(oldest)
    this.#began.set(key, this.now())
    return false
  }
}

/** A folder that can't be read is told to the client. */
function asked<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (error instanceof Problem) throw error
    throw new Problem(503, `the recordings can't be read now: ${messageOf(error)}`)
  })
}

function documentOf({ call, callerName, parts, ...rest }: StoredRecording): CallRecordingDocument {
  const shown = parts.map(({ at, from, to, agent }) => ({
    at,
    from: iso(from),
    to: to === undefined ? null : iso(to),
    agent: agent ?? null,
  }))
  const { workflow, caller, seconds, bytes, isFinished } = rest
  return {
    ...{ callId: call, workflow, caller, callerName: callerName ?? null, from: shown[0]?.from ?? iso(wallTime(0)) },
    ...{ seconds, bytes, isFinished, parts: shown },
  }
}
