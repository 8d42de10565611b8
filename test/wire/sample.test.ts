import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { carillon } from './harness/program.js'
import { onWire, type Wire } from './harness/wire.js'
import { answers, refuses, ringsOn } from './phones/agents.js'
import { talks } from './phones/callers.js'

const sample = fileURLToPath(new URL('../../config', import.meta.url))

/** Starts a server with the sample config. Only the ports of server and agents' phones and the prompt cache are changed. */
async function serveSample(wire: Wire, spoken: string, phones: Readonly<Record<string, string>>): Promise<void> {
  await cp(sample, wire.configFolder, { recursive: true })
  await rewrite(wire, 'carillon.yaml', text =>
    text
      .replace(/^( +listen: )\[udp.*\]$/m, '$1[udp://127.0.0.1:0, ws://127.0.0.1:0]')
      .replace('http://127.0.0.1:8080', 'http://127.0.0.1:0')
      .replace(/^media:$/m, `$&\n  cache: ${spoken}`),
  )
  for (const [name, scenario] of Object.entries(phones)) {
    const { port } = await wire.phone(name, scenario)
    const fixed = `contact: sip:${name}@127.0.0.1:${port}, presence: always`
    // Not the example in a comment.
    const line = new RegExp(
      `^( +- { uri: sip:${name}@example\\.com, name: [^,}]*[^,} ])(?:, contact: [^,]*, presence: always)?`,
      'm',
    )
    await rewrite(wire, 'agents.yaml', text => text.replace(line, `$1, ${fixed}`))
  }
  await wire.restart()
}

async function rewrite(wire: Wire, file: string, change: (text: string) => string): Promise<void> {
  const path = join(wire.configFolder, file)
  const text = await readFile(path, 'utf8')
  assert.notEqual(change(text), text, `${file} of the sample is not what this test expects`)
  await writeFile(path, change(text))
}

describe('The sample config', () => {
  /** The prompt cache. The prompts are spoken once for all tests. */
  let spoken: string
  before(async () => (spoken = await mkdtemp(join(tmpdir(), 'carillon-spoken-'))))
  after(() => rm(spoken, { recursive: true }))

  it('takes a call for the number of the front desk', () =>
    onWire(async wire => {
      await serveSample(wire, spoken, { frank: refuses(486, 'Busy Here'), grace: answers() })
      await (await wire.call('caller', '+14255550102', talks())).done()
      assert.deepEqual(await wire.rung(), ['frank', 'grace'])
    }))

  it('rings all of sales at once, and the phone at a fixed address; who has no phone is offline', () =>
    onWire(async wire => {
      await serveSample(wire, spoken, { dave: ringsOn(), erin: answers(200), ivan: answers() })
      await (await wire.call('caller', 'sales', talks())).done()
      await (await wire.call('tester', 'lab', talks())).done()
      assert.deepEqual((await wire.rung()).sort(), ['dave', 'erin', 'ivan'])
      const agents =
        await wire.server.get<readonly { readonly name: string; readonly presence: { readonly state: string } }[]>('/api/agents')
      const present = agents.filter(({ presence }) => presence.state !== 'offline')
      assert.deepEqual(
        present.map(({ name }) => name),
        ['Dave Okafor', 'Erin Lindqvist', 'Ivan Petrov'],
      )
    }))

  it('rings the agents who signed in to support, or the front desk when nobody has', () =>
    onWire(async wire => {
      await serveSample(wire, spoken, { alice: answers(), frank: answers() })
      await (await wire.call('first', 'support', talks())).done()
      const end = await wire.server.command('sign-in', 'sip:alice@example.com', 'support')
      assert.equal(end.code, 0, end.stderr)
      await (await wire.call('second', 'support', talks())).done()
      assert.deepEqual(await wire.rung(), ['frank', 'alice'])
    }))
})

describe('A config made by carillon init', () => {
  it('takes a first call', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers())
      const pbx = ['--domain', 'example.com', '--pbx', '127.0.0.1', '--agents', `alice@127.0.0.1:${alice.port}`]
      const ports = ['--listen', 'udp://127.0.0.1:0', '--http', 'http://127.0.0.1:0']
      const made = await carillon('init', wire.configFolder, ...pbx, ...ports, '--number', '+14255550100')
      assert.equal(made.code, 0, made.stderr)
      await wire.restart()
      await (await wire.call('caller', '+14255550100', talks())).done()
      assert.deepEqual(await wire.rung(), ['alice'])
    }))
})
