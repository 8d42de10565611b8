import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../../../src/cli/command.js'
import { initCommand } from '../../../src/cli/init.js'
import { loadConfig } from '../../../src/config/load.js'
import { spiedOutput } from '../../fakes/spies.js'
import { newFolder, removeFolders } from '../config/folder.js'

const required = ['--domain', 'example.com', '--pbx', '10.0.0.5', '--agents', 'alice,bob']

describe('carillon init', () => {
  let site: string
  beforeEach(() => (site = newFolder()))
  after(removeFolders)

  /** `typed`: what a person answers. Without it nobody sits at a terminal. */
  async function init(args: readonly string[], typed?: readonly string[]) {
    const folder = join(site, 'config')
    const output = spiedOutput()
    const prompts: string[] = []
    const answers = [...(typed ?? [])]
    const ask = (prompt: string): Promise<string> => {
      prompts.push(prompt)
      const answer = answers.shift()
      return answer === undefined ? Promise.reject(new Error('no line was typed')) : Promise.resolve(answer)
    }
    const code = await runCommand([initCommand(typed && ask)], ['init', folder, ...args], output)
    return { code, folder, prompts, out: output.out.args.flat().join('\n'), err: output.err.args.flat().join('\n') }
  }

  async function settingsOf(folder: string) {
    const loaded = await loadConfig(folder, { env: {}, generation: 1 })
    assert.ok(loaded.ok, JSON.stringify(loaded))
    assert.deepEqual(loaded.warnings, [])
    return loaded.settings
  }

  it('writes a folder that check accepts from options alone', async () => {
    const { code, folder, out, err } = await init(required)
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /next: carillon serve --config/)
    const { routing, sip } = await settingsOf(folder)
    assert.deepEqual(sip.trustedPeers, ['10.0.0.5'])
    assert.deepEqual(
      routing.groups.map(({ name, agents }) => [name, agents]),
      [['support', ['sip:alice@example.com', 'sip:bob@example.com']]],
    )
  })

  it('takes every answer as an option', async () => {
    const more = ['--group', 'sales', '--method', 'parallel', '--number', '+14255550100', '--http', 'http://127.0.0.1:8081']
    const place = ['--listen', 'udp://127.0.0.1:5062', '--store', '/var/lib/carillon/carillon.db']
    const pbx = ['--domain', 'pbx.example.com', '--pbx', '[2001:db8::5]:5080', '--agents', 'alice@10.0.0.9:5062 bob']
    const { code, folder, err } = await init([...pbx, ...more, ...place])
    assert.deepEqual([code, err], [0, ''])
    const { routing, sip, store } = await settingsOf(folder)
    assert.deepEqual(sip.listen, [{ transport: 'udp', host: '127.0.0.1', port: 5062 }])
    assert.deepEqual(sip.trustedPeers, ['2001:db8::5'])
    assert.deepEqual(store, { kind: 'sqlite', file: '/var/lib/carillon/carillon.db' })
    assert.deepEqual(
      routing.groups.map(({ name, routingMethod }) => [name, routingMethod]),
      [['sales', 'parallel']],
    )
    assert.match(readFileSync(join(folder, 'agents.yaml'), 'utf8'), /contact: "sip:alice@10\.0\.0\.9:5062"/)
    assert.match(readFileSync(join(folder, 'workflows.yaml'), 'utf8'), /number: "\+14255550100"/)
  })

  it('asks a person for what no option gives, and again after a wrong answer', async () => {
    const typed = ['no domain!', 'example.com', '10.0.0.5', 'alice', '', 'loudest', 'serial', '', '', '', '']
    const { code, folder, prompts, err } = await init([], typed)
    assert.equal(code, 0, err)
    assert.equal(prompts.length, typed.length)
    assert.match(err, /expected a host name[^]*expected one of longestIdle/)
    assert.match(prompts.at(-1) ?? '', /\[\.\.\/data\/carillon\.db\]: $/)
    const { routing } = await settingsOf(folder)
    assert.deepEqual(
      routing.groups.map(({ name, routingMethod }) => [name, routingMethod]),
      [['support', 'serial']],
    )
  })

  it('does not ask with --defaults', async () => {
    const { code, prompts } = await init([...required, '--defaults'], [])
    assert.deepEqual([code, prompts], [0, []])
  })

  it('writes nothing when the person gives up', async () => {
    const { code, err } = await init([], ['example.com'])
    assert.deepEqual([code, err], [2, 'carillon init: nothing is written'])
    assert.deepEqual(readdirSync(site), [])
  })

  it('names every missing and every wrong option at once', async () => {
    const { code, err } = await init(['--pbx', 'pbx.example.com', '--agents', 'alice,alice', '--method', 'loudest'])
    assert.equal(code, 2)
    const lines = err.split('\n')
    assert.equal(lines.length, 4)
    assert.match(lines[0] ?? '', /--domain DOMAIN is required/)
    assert.match(lines[1] ?? '', /--pbx: expected an IP address/)
    assert.match(lines[2] ?? '', /--agents: 'alice' is there twice/)
    assert.match(lines[3] ?? '', /--method: expected one of/)
    assert.deepEqual(readdirSync(site), [])
  })

  it('refuses a group with the name of an agent, because both would have the same address', async () => {
    const { code, err } = await init([...required, '--group', 'alice'])
    assert.equal(code, 2)
    assert.match(err, /--group: 'alice' is an agent/)
    assert.deepEqual(readdirSync(site), [])
  })

  it('refuses a folder that is not empty, and accepts an empty one', async () => {
    const folder = join(site, 'config')
    mkdirSync(folder)
    writeFileSync(join(folder, 'carillon.yaml'), 'ours\n')
    const refused = await init(required)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /is not empty; init writes only into a new or an empty folder/)
    assert.equal(readFileSync(join(folder, 'carillon.yaml'), 'utf8'), 'ours\n')
    assert.deepEqual(readdirSync(folder), ['carillon.yaml'])
    site = newFolder()
    mkdirSync(join(site, 'config'))
    assert.equal((await init(required)).code, 0)
  })

  it('prints the result as JSON with --json', async () => {
    const { out, folder } = await init([...required, '--json'])
    const files = ['carillon.yaml', 'agents.yaml', 'groups.yaml', 'queues.yaml', 'workflows.yaml', 'users.yaml']
    assert.deepEqual(JSON.parse(out), { folder, files, valid: true, remarks: [] })
  })
})
