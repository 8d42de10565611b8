import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../../src/cli/command.js'
import { linesOf } from '../../../src/bundle/lines.js'
import { replayCommand } from '../../../src/cli/replay.js'
import { Shell } from '../calls/shell.js'
import { WorldBuilder } from '../routing/build.js'
import { printed, spiedOutput } from '../../fakes/spies.js'

const routing = new WorldBuilder()
  .agent('alice', { alwaysAvailable: true })
  .group('sales', 'serial', ['alice'])
  .queue('sales', ['sales'])
  .settings()

describe('carillon replay', () => {
  let folder: string
  let journal: string[]
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-replay-'))
    const shell = new Shell(routing)
    shell.dial('sales')
    shell.clock.pass(30_000)
    journal = shell.lines
    assert.ok(journal.length > 3)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const replay = async (text: string): Promise<{ exit: number; said: string }> => {
    const file = join(folder, 'journal.jsonl')
    await writeFile(file, text)
    const output = spiedOutput()
    const exit = await runCommand([replayCommand({})], ['replay', file], output)
    return { exit, said: printed(output.out, output.err) }
  }
  const withLine = (line: number, text: string): string =>
    journal.map((each, index) => (index === line - 1 ? text : each)).join('\n')

  it('exits with 0 when every effect is the same, even if a crash cut off the last line', async () => {
    const whole = await replay(`${journal.join('\n')}\n`)
    assert.deepEqual([whole.exit, /every effect is the same/.test(whole.said)], [0, true])
    const cut = await replay(journal.join('\n').slice(0, -5))
    assert.equal(cut.exit, 0)
    assert.match(cut.said, /the last, cannot be read: the journal was cut off there/)
  })

  it('replays each journal of a folder in the order of time, and exits with 1 if one is damaged', async () => {
    const output = spiedOutput()
    const run = () => runCommand([replayCommand({})], ['replay', folder], output)
    assert.equal(await run(), 1, printed(output.err))
    assert.match(printed(output.err), /there is no journal in/)
    await writeFile(join(folder, 'journal-20260131-100000-000.jsonl'), journal.join('\n'))
    await writeFile(join(folder, 'journal-20260130-100000-000.jsonl'), journal.join('\n'))
    assert.equal(await run(), 0)
    assert.match(
      printed(output.out),
      /journal-20260130-.*every effect is the same\n.*journal-20260131-.*every effect is the same/,
    )
    await writeFile(join(folder, 'journal-20260129-100000-000.jsonl'), withLine(3, 'null'))
    assert.equal(await run(), 1)
  })

  it('with --config goes on past differences, says what would have become of each call and of all, and exits with 0', async () => {
    const shell = new Shell(new WorldBuilder().group('sales', 'serial', ['alice', 'bob']).queue('sales', ['sales']).settings())
    shell.dial('sales').cancel()
    const caller = shell.dial('sales')
    shell.clock.pass(23_000)
    const talk = shell.phone('bob').answer()
    caller.leg?.confirm()
    shell.clock.pass(60_000)
    talk?.end({ kind: 'hungUp' })
    const file = join(folder, 'journal.jsonl')
    await writeFile(file, shell.lines.join('\n'))
    const config = join(folder, 'config')
    await mkdir(config)
    const agents = ['alice', 'bob'].map(name => `{ uri: 'sip:${name}@example.com' }`)
    const yaml = [
      'sip: { listen: [udp://127.0.0.1:0], domain: example.com }',
      `agents: [${agents.join()}]`,
      "groups: [{ name: sales, routingMethod: serial, agents: ['sip:bob@example.com', 'sip:alice@example.com'] }]",
      'queues: [{ name: sales, groups: [sales] }]',
      'workflows: [{ name: sales, uri: sip:sales@example.com, queue: sales, displayName: Sales }]',
    ]
    await writeFile(join(config, 'carillon.yaml'), yaml.join('\n'))
    const output = spiedOutput()
    const exit = await runCommand([replayCommand({})], ['replay', file, '--config', config], output)
    const said = printed(output.out, output.err)
    assert.equal(exit, 0, said)
    assert.match(said, /1 call, 1 of them would have gone another way/)
    assert.match(said, /sip:bob@example\.com answered after 23 s {2}sip:bob@example\.com answered after 3 s {2}as then/)
    assert.match(said, /average wait of answered calls {2}23 s {2}3 s/)
  })

  for (const [what, line] of [
    ['no JSON', '{"event":'],
    ['no event', '{"event":null}'],
    ['no object', 'null'],
    ['an event without effects', '{"event":{"kind":"callArrived"}}'],
    ['an unknown event', '{"event":{"kind":"tea","at":1},"effects":[]}'],
  ] as const) {
    it(`exits with 1 and names the line when there is ${what} on it`, async () => {
      const { exit, said } = await replay(withLine(3, line))
      assert.equal(exit, 1)
      assert.match(said, /line 3 is damaged/)
      assert.doesNotMatch(said, /the same/)
    })
  }

  it('does not mistake an invalid event for a last line that a crash cut off', async () => {
    const { exit, said } = await replay(withLine(journal.length, '{"event":null}'))
    assert.equal(exit, 1)
    assert.match(said, new RegExp(`line ${journal.length} is damaged`))
  })
})

describe('lines of a file', () => {
  let folder: string
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'carillon-lines-'))))
  afterEach(() => rm(folder, { recursive: true }))

  const read = async (text: string, longest?: number): Promise<string[]> => {
    const file = join(folder, 'lines')
    await writeFile(file, text)
    const lines: string[] = []
    for await (const line of linesOf(file, longest)) lines.push(line)
    return lines
  }

  it('are complete whatever the size of each read', async () => {
    const long = 'é'.repeat(3 * 1024 * 1024)
    assert.deepEqual(await read(`one\n\n${long}\nlast`), ['one', '', long, 'last'])
    assert.deepEqual(await read('one\n'), ['one'])
    assert.deepEqual(await read(''), [])
  })

  it('have a maximum length', async () => {
    await assert.rejects(
      read(`one\n${'\0'.repeat(1_001)}`, 1_000),
      /line 2 is longer than 1000 characters: this is not a journal/,
    )
  })
})
