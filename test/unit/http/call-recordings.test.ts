import assert from 'node:assert/strict'
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wallTime } from '../../../src/foundation/time.js'
import type { CallRecordingDocument } from '../../../src/http/call-recording-documents.js'
import { rangeOf } from '../../../src/http/ranges.js'
import type { AgentUri, WorkflowName } from '../../../src/routing/world/ids.js'
import type { StoredRecording } from '../../../src/media/port.js'
import { eventually } from '../../wire/harness/eventually.js'
import { Site, tokenOf as token } from './site.js'

const [alice, bob] = ['sip:alice@example.com', 'sip:bob@example.com'] as const
const tokens = [
  token('viewer', { role: 'viewer' }),
  token('alice', { role: 'agent', agent: alice as AgentUri }),
  token('bob', { role: 'agent', agent: bob as AgentUri }),
  token('manager', { role: 'manager', workflows: ['support' as WorkflowName] }),
  token('other', { role: 'manager', workflows: ['sales' as WorkflowName] }),
  token('admin', { role: 'admin' }),
]
const call = 'mb5zk2x1-1a2b3c'
const stored: StoredRecording = {
  ...{ call, workflow: 'support', caller: 'sip:+15550100@example.com', seconds: 2, bytes: 12, isFinished: true },
  parts: [{ at: 0, from: wallTime(1_000), to: wallTime(3_000), agent: alice }],
}

interface AuditDocument {
  readonly entries: readonly { readonly who: string; readonly what: string; readonly done: boolean }[]
}

describe('recordings of calls over HTTP', () => {
  let site: Site
  let folder: string
  const as = (who: string, method: string, path = '', body?: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    site.ask(method, `/api/calls/${call}/recording${path}`, body, { authorization: `Bearer ${who}`, ...headers })
  const audit = async (): Promise<string[]> => {
    const response = await site.ask('GET', '/api/audit', undefined, { authorization: 'Bearer admin' })
    const { entries } = (await response.json()) as AuditDocument
    return entries.filter(({ done }) => done).map(({ who, what }) => `${who} ${what}`)
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-sounds-'))
    site = new Site({ tokens })
    await site.start()
    site.recordings.stored.set(call, stored)
    const file = join(folder, 'sound.wav')
    await writeFile(file, 'RIFF56789abc')
    site.recordings.sounds.set(call, file)
  })
  afterEach(async () => {
    await site.stop()
    await rm(folder, { recursive: true })
  })

  it('are heard by admins and by managers of the workflow, and by the agent who talks if the config says so', async () => {
    const heardBy = async (): Promise<string[]> => {
      const found: string[] = []
      for (const { name } of tokens) {
        const responses = [await as(name, 'GET'), await as(name, 'GET', '/sound'), await as(name, 'GET', '/file')]
        for (const response of responses) await response.arrayBuffer()
        const [first] = responses
        assert(responses.every(({ status }) => status === first?.status))
        if (first?.status === 200) found.push(name)
      }
      return found
    }
    assert.deepEqual(await heardBy(), ['manager', 'admin'])
    site.recordingsOfAgents = 'own'
    assert.deepEqual(await heardBy(), ['alice', 'manager', 'admin'])
  })

  it('are listed for managers with their workflows, and for agents with their own calls', async () => {
    const list = async (who: string): Promise<number> => {
      const response = await site.ask('GET', '/api/recordings?caller=555', undefined, { authorization: `Bearer ${who}` })
      await response.text()
      return response.status
    }
    site.recordingsOfAgents = 'own'
    assert.deepEqual(
      [await list('admin'), await list('manager'), await list('alice'), await list('viewer')],
      [200, 200, 200, 403],
    )
    assert.deepEqual(
      site.recordings.filters.map(({ caller, workflows, agent }) => [caller, workflows, agent]),
      [
        ['555', undefined, undefined],
        ['555', ['support'], undefined],
        ['555', undefined, alice],
      ],
    )
    site.recordingsOfAgents = 'none'
    assert.equal(await list('alice'), 403)
  })

  it('name their parts, their agents and the caller', async () => {
    const document = (await (await as('admin', 'GET')).json()) as CallRecordingDocument
    assert.deepEqual(document.parts, [{ at: 0, from: '1970-01-01T00:00:01.000Z', to: '1970-01-01T00:00:03.000Z', agent: alice }])
    assert.deepEqual([document.callId, document.caller, document.seconds], [call, 'sip:+15550100@example.com', 2])
  })

  it('are sent in the range that the browser asks for', async () => {
    const part = await as('admin', 'GET', '/sound', undefined, { range: 'bytes=4-6' })
    assert.deepEqual([part.status, part.headers.get('content-range'), await part.text()], [206, 'bytes 4-6/12', '567'])
    const none = await as('admin', 'GET', '/sound', undefined, { range: 'bytes=12-' })
    assert.deepEqual([none.status, none.headers.get('content-range')], [416, 'bytes */12'])
    const whole = await as('admin', 'GET', '/sound')
    assert.deepEqual(
      [whole.status, await whole.text(), whole.headers.get('cache-control')],
      [200, 'RIFF56789abc', 'private, no-store'],
    )
  })

  it('are not read for HEAD, and a person reads at most four at a time', async () => {
    assert.equal((await as('admin', 'HEAD', '/sound')).status, 405)
    assert.equal((await as('admin', 'HEAD', '/file')).status, 405)
    // More than the buffers of a connection take, so the sending goes on until somebody reads it.
    await writeFile(join(folder, 'sound.wav'), Buffer.alloc(32 * 1024 * 1024))
    const open = await Promise.all(Array.from({ length: 4 }, () => as('admin', 'GET', '/file')))
    assert.deepEqual(
      open.map(({ status }) => status),
      [200, 200, 200, 200],
    )
    assert.equal((await as('admin', 'GET', '/sound')).status, 429)
    assert.equal((await as('manager', 'GET', '/sound', undefined, { range: 'bytes=0-3' })).status, 206)
    for (const { body } of open) await body?.cancel()
    await eventually(
      'the places are free again',
      async () => (await as('admin', 'GET', '/sound', undefined, { range: 'bytes=0-3' })).status === 206,
    )
  })

  describe('of a client that leaves', () => {
    /** Sends a request, and closes the connection when `stopAt` of the recordings was asked. What it asked goes on after that. */
    async function leave(method: string, path: string, stopAt: 'find' | 'remove', ahead = ''): Promise<void> {
      const recordings = site.recordings as Record<'find' | 'remove', (id: string) => Promise<unknown>>
      const asked = recordings[stopAt].bind(recordings)
      const { hostname, port } = new URL(site.url)
      const socket = connect(Number(port), hostname)
      const gone = new Promise<void>(resolve => {
        recordings[stopAt] = async id => {
          socket.resetAndDestroy()
          await new Promise(closed => socket.once('close', closed))
          // By the time that another request has its answer, the server knows that this client has left.
          await site.ask('GET', '/api/session')
          await site.ask('GET', '/api/session')
          setImmediate(resolve)
          return asked(id)
        }
      })
      socket.on('error', () => undefined)
      const head = 'HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer admin\r\n\r\n'
      const first = ahead === '' ? '' : `GET ${ahead} ${head}`
      socket.write(`${first}${method} /api/calls/${call}/recording${path} ${head}`)
      await gone
      recordings[stopAt] = asked
    }
    const openSounds = async (): Promise<number> => {
      const names = await readdir('/proc/self/fd')
      const files = await Promise.all(names.map(name => readlink(`/proc/self/fd/${name}`).catch(() => '')))
      return files.filter(file => file.startsWith(folder)).length
    }

    it('do not count as being read, and no file of theirs stays open', async () => {
      for (let turn = 0; turn < 5; turn += 1) await leave('GET', '/sound', 'find')
      await eventually('the files are closed', async () => (await openSounds()) === 0)
      assert.equal((await as('admin', 'GET', '/sound')).status, 200)
    })

    it('leave no file open either when an earlier request of the connection has no answer yet', async () => {
      for (let turn = 0; turn < 5; turn += 1) await leave('GET', '/sound', 'find', '/api/events')
      await eventually('the files are closed', async () => (await openSounds()) === 0)
    })

    it('are in the audit log: what it changed, and what it began to hear', async () => {
      await writeFile(join(folder, 'sound.wav'), Buffer.alloc(32 * 1024 * 1024))
      const cut = await as('manager', 'GET', '/sound')
      await cut.body?.cancel()
      await leave('DELETE', '', 'remove')
      await eventually('the entry is there', async () => (await audit()).length > 1)
      assert.deepEqual(await audit(), [
        `admin deleted the recording of the call ${call}`,
        `manager listened to the recording of the call ${call}`,
      ])
    })
  })

  it('leave an entry in the audit log when somebody listens after a refused try', async () => {
    assert.equal((await as('manager', 'GET', '/sound', undefined, { range: 'bytes=99-' })).status, 416)
    await (await as('manager', 'GET', '/sound')).text()
    assert.deepEqual(await audit(), [`manager listened to the recording of the call ${call}`])
  })

  it('leave one entry in the audit log for each listening, download and deletion', async () => {
    for (const range of ['bytes=0-', 'bytes=4-', 'bytes=8-'])
      await (await as('manager', 'GET', '/sound', undefined, { range })).text()
    await (await as('manager', 'GET', '/file')).text()
    assert.equal((await as('admin', 'DELETE')).status, 204)
    assert.deepEqual((await audit()).reverse(), [
      `manager listened to the recording of the call ${call}`,
      `manager downloaded the recording of the call ${call}`,
      `admin deleted the recording of the call ${call}`,
    ])
    assert.equal((await as('admin', 'GET')).status, 404)
  })

  it('are neither heard nor deleted while they are written', async () => {
    site.recordings.stored.set(call, { ...stored, isFinished: false })
    assert.deepEqual([(await as('admin', 'GET', '/sound')).status, (await as('admin', 'DELETE')).status], [409, 409])
  })

  it('can’t be read while the folder does not answer, and the answer says so', async () => {
    site.recordings.trouble = 'the folder of the recordings does not answer'
    const response = await as('admin', 'GET')
    assert.equal(response.status, 503)
    assert.match(await response.text(), /does not answer/)
  })

  it('can’t be started for a call that is not in progress, and not by somebody who is not in it', async () => {
    for (const who of ['alice', 'manager', 'admin']) assert.equal((await as(who, 'PUT', '', { state: 'on' })).status, 404)
    assert.equal((await as('admin', 'PUT', '', { state: 'failed' })).status, 400)
  })
})

describe('a range of bytes', () => {
  for (const [header, range] of [
    [undefined, undefined],
    ['bytes=0-', { from: 0, to: 99 }],
    ['bytes=10-19', { from: 10, to: 19 }],
    ['bytes=90-400', { from: 90, to: 99 }],
    ['bytes=-10', { from: 90, to: 99 }],
    ['bytes=-400', { from: 0, to: 99 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=20-10', undefined],
    ['bytes=0-1,5-6', undefined],
    ['seconds=1-2', undefined],
  ] as const)
    it(`is ${JSON.stringify(range) ?? 'everything'} for ${header ?? 'no header'}`, () =>
      assert.deepEqual(rangeOf(header, 100), range))
})
