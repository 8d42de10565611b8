import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBundle, type BundleTask } from '../../../src/bundle/make.js'
import { runCommand } from '../../../src/cli/command.js'
import { replayCommand } from '../../../src/cli/replay.js'
import { millis } from '../../../src/foundation/time.js'
import { openSource } from '../../../src/import/source.js'
import { callId } from '../../../src/routing/world/ids.js'
import { printed, spiedOutput } from '../../fakes/spies.js'
import { Shell } from '../calls/shell.js'
import { WorldBuilder } from '../routing/build.js'

const routing = new WorldBuilder()
  .agent('alice', { alwaysAvailable: true, name: 'Alice Martin' })
  .agent('bob', { alwaysAvailable: true })
  .group('sales', 'serial', ['alice', 'bob'])
  .queue('sales', ['sales'], {
    timeout: { after: millis(90_000), action: { kind: 'forward', as: 'number', to: 'tel:+14255550177' } },
  })
  .settings()

describe('a bundle of a call', () => {
  let folder: string
  let lines: readonly string[]
  let call: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-bundle-'))
    const shell = new Shell(routing)
    shell.dial('sales').cancel()
    const before = shell.lines.length
    const caller = shell.dial('sales')
    shell.clock.pass(23_000)
    const talk = shell.phone('bob').answer()
    caller.leg?.confirm()
    shell.clock.pass(60_000)
    talk?.end({ kind: 'hungUp' })
    shell.dial('sales').cancel()
    lines = shell.lines
    const arrival = JSON.parse(lines[before] ?? '{}') as { readonly event: { readonly kind: string; readonly call: string } }
    assert.equal(arrival.event.kind, 'callArrived')
    call = arrival.event.call
    await writeFile(join(folder, 'journal-20260131-100000-000.jsonl'), lines.join('\n'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const made = async (more: Partial<BundleTask> = {}): Promise<string> => {
    const file = join(folder, 'bundle.zip')
    const arrivedAt = Date.parse('2026-01-31T10:00:00Z')
    const document = { workflow: 'sales', caller: 'sip:+14255550123@acme.test', callerName: 'Ann' }
    const bundle = await makeBundle({
      ...{ call: callId(call), arrivedAt, endedAt: arrivedAt + 90_000, now: arrivedAt + 100_000, journalFolder: folder },
      ...{ messages: undefined, wallOffset: 0, own: { v4: '192.0.2.1', v6: '2001:db8::1', ports: new Map() } },
      ...{ document, routing },
      ...{ server: { 'media.engine': 'none' }, versions: { carillon: '1.2.3' }, ...more },
    })
    await writeFile(file, bundle)
    return file
  }
  const filesIn = async (file: string): Promise<Map<string, string>> => {
    const source = await openSource(file)
    assert(source.ok)
    const files = new Map<string, string>()
    for (const name of source.value.names) {
      const read = await source.value.read(name)
      assert(read.ok)
      files.set(name, read.value.toString())
    }
    source.value.close()
    return files
  }
  const replay = async (file: string, ...more: string[]): Promise<{ exit: number; said: string }> => {
    const output = spiedOutput()
    const exit = await runCommand([replayCommand({})], ['replay', file, ...more], output)
    return { exit, said: printed(output.out, output.err) }
  }

  it('has the events from its arrival to its end, with other names, and a replay shows the same decisions', async () => {
    const file = await made()
    const files = await filesIn(file)
    assert.deepEqual([...files.keys()].sort(), [
      'README.txt',
      'call.json',
      'config.json',
      'explanation.txt',
      'journal-1.jsonl',
      'versions.json',
    ])
    for (const [name, content] of files)
      assert.doesNotMatch(content, /alice|martin|bob|sales|4255550|acme|Ann\b|example\.com/i, name)
    const events = (files.get('journal-1.jsonl') ?? '').trim().split('\n').slice(2)
    assert.match(events[0] ?? '', new RegExp(`"callArrived","call":"${call}"`))
    assert.match(events.at(-1) ?? '', new RegExp(`"callEnded","call":"${call}"`))
    const { exit, said } = await replay(file)
    assert.equal(exit, 0, said)
    assert.match(said, /journal-1\.jsonl: \d+ events, 1 call: every effect is the same/)
    assert.match(said, /sip:agent-1@host-1\.example[^]*sip:agent-2@host-1\.example[^]*the decisions are those of the bundle/)
  })

  it('says which decision differs when a program decides otherwise', async () => {
    const file = await made()
    const source = await filesIn(file)
    const { zipOf } = await import('../../../src/bundle/zip.js')
    const changed = [...source].map(([name, content]) => ({
      name,
      content: name === 'explanation.txt' ? content.replaceAll('agent-2', 'agent-9') : content,
    }))
    await writeFile(file, await zipOf(changed, new Date(0)))
    const { exit, said } = await replay(file)
    assert.equal(exit, 1)
    assert.match(said, /the decisions differ at line \d+ of explanation\.txt:\n {2}bundle .*agent-9.*\n {2}replay .*agent-2/)
  })

  it('without the call in the journal says so, and has the config of now; a replay names what is missing', async () => {
    const file = await made({ call: callId('other-1') })
    const files = await filesIn(file)
    assert.deepEqual([...files.keys()].sort(), ['README.txt', 'call.json', 'config.json', 'versions.json'])
    assert.match(files.get('README.txt') ?? '', /The journal does not have this call any more/)
    assert.match(files.get('config.json') ?? '', /"name": "name-1"/)
    const { exit, said } = await replay(file)
    assert.deepEqual([exit, /it has no events of the call/.test(said)], [1, true])
  })

  it('that is no bundle, or is replayed with a config, is refused with the reason', async () => {
    const file = join(folder, 'other.zip')
    await writeFile(file, 'no zip')
    assert.match((await replay(file)).said, /is not a ZIP file/)
    const { zipOf } = await import('../../../src/bundle/zip.js')
    await writeFile(file, await zipOf([{ name: 'a.txt', content: 'a' }], new Date(0)))
    assert.match((await replay(file)).said, /versions\.json is not in the archive: this is not a bundle/)
    const { exit, said } = await replay(file, '--config', folder)
    assert.deepEqual([exit, /no config has the names of a bundle/.test(said)], [2, true])
  })
})
