import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../foundation/clock.js'
import { Buckets } from '../sip/index.js'
import type { Access } from './access.js'
import { speechBody } from './bodies.js'
import type { RecordingDocument, RecordingListDocument } from './documents.js'
import { editorOf } from './edits.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'
import { parsed, recordingQuery, soundQuery } from './queries.js'
import { Running } from './running.js'
import { whenOver } from './when-over.js'

/** In bytes: three minutes of 16 bits at 8 kHz, with the head of the file. */
const bodyLimit = 2_900_000
/** Recordings of one person: forty at once, and forty an hour. Most are never used, because people try again. */
const uploadRate = { burst: 40, perSecond: 40 / 3_600 }

/** `/api/config/recordings` and `/api/config/speech`: sounds for prompts (decision 103). */
export function recordingRoutes(server: FastifyInstance, live: LiveServer, access: Access, clock: Clock): void {
  // Each upload lies in memory while it arrives.
  const uploads = new Running({ ofPerson: 1, inAll: 8 }, busy)
  const speaking = new Running({ ofPerson: 1, inAll: 8 }, busy)
  const rate = new Buckets(clock, uploadRate)
  // The limit of the body is the route's. Other routes refuse a Buffer as their body.
  server.addContentTypeParser('audio/wav', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const mayUpload = (request: FastifyRequest): void => {
    if (request.headers['content-type'] !== 'audio/wav') throw new Problem(415, notWav)
    if (!rate.take(access.personOf(request)))
      throw new Problem(429, 'too many recordings; try again later', { 'retry-after': '90' })
  }

  server.post('/api/config/recordings', { bodyLimit, onRequest: counted(uploads, access, mayUpload) }, async request => {
    const { of, name, label } = parsed(recordingQuery, request.query)
    const editor = editorOf(request, live, access)
    const { body } = request
    if (!Buffer.isBuffer(body)) throw new Problem(415, notWav)
    const kept = await live.editing.keepRecording(editor, { of, name, label, bytes: body })
    if (kept === 'tooLarge') throw new Problem(409, 'the config needs too much memory or time to be read; edit the file')
    switch (kept.kind) {
      case 'kept':
        return { file: kept.file, seconds: kept.seconds, bytes: kept.bytes, isUsed: false } satisfies RecordingDocument
      case 'forbidden':
        throw new Problem(403, kept.because)
      case 'unusable':
        throw new Problem(400, `this sound can't be used: ${kept.because}`)
      case 'full':
        throw new Problem(409, kept.because)
      case 'failed':
        throw new Problem(409, "the recording can't be written on the server; the log says why")
    }
  })
  server.get('/api/config/recordings', async (request): Promise<RecordingListDocument> => {
    const recordings = await live.editing.recordings(editorOf(request, live, access))
    return { recordings: [...recordings] }
  })
  server.get('/api/config/recordings/sound', async (request, reply) => {
    const { file } = parsed(soundQuery, request.query)
    const sound = await live.editing.sound(editorOf(request, live, access), file)
    if (!sound) throw new Problem(404, 'there is no such sound file for you')
    return reply.type('audio/wav').send(Buffer.from(sound.buffer, sound.byteOffset, sound.byteLength))
  })
  server.delete('/api/config/recordings', async (request, reply) => {
    const { file } = parsed(soundQuery, request.query)
    const outcome = await live.editing.removeRecording(editorOf(request, live, access), file)
    if (outcome === 'absent') throw new Problem(404, 'there is no such recording')
    if (outcome === 'used') throw new Problem(409, 'the config still names this recording')
    return reply.code(204).send()
  })
  server.post('/api/config/speech', async (request, reply) => {
    const { text, language } = parsed(speechBody, request.body)
    const { turn } = editorOf(request, live, access)
    // Counts until the words are spoken, even if the connection has ended. Otherwise one person could request any number of texts.
    const leave = speaking.enter(access.who(request))
    try {
      const spoken = await live.speak(text, language, turn)
      if (!spoken.ok) throw new Problem(409, `the words can't be spoken: ${spoken.fault}`)
      return await reply.type('audio/wav').send(Buffer.from(spoken.value))
    } finally {
      leave()
    }
  })
}

const notWav = 'expected a body of the type audio/wav'

/** Checks and counts a request before its body is read. It counts until its response is sent. */
const counted =
  (running: Running, access: Access, check: (request: FastifyRequest) => void) =>
  (request: FastifyRequest, reply: FastifyReply, next: (error?: Error) => void): void => {
    try {
      check(request)
      whenOver(reply.raw, running.enter(access.who(request)))
      next()
    } catch (error) {
      next(error as Error)
    }
  }

const busy = (): Problem => new Problem(429, 'other sounds of yours are under way: try again', { 'retry-after': '2' })
