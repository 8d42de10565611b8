import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exported } from '../fakes/lync-export.js'
import { lyncOf } from '../fakes/lync-model.js'
import { lyncOffice } from '../fakes/lync-office.js'
import { otherOffices } from '../fakes/other-offices.js'
import { carillon } from './harness/program.js'
import { onWire, type Wire } from './harness/wire.js'
import { answersInARace } from './phones/agents.js'
import { talks } from './phones/callers.js'

/** `npm run test:moving` calls each hunt group. Otherwise two of them are called. */
const isWhole = process.env['CARILLON_TEST_MOVING'] === 'whole'

/** SIPp gives up a call when CANCEL comes between its decision to answer and its 200. A real phone sends the 200. */
const goesOn = { extra: ['-default_behaviors', 'all,-abortunexp'] }

/** Imports an export, serves the config, and calls these numbers. Each call must be answered. */
async function movedTo(wire: Wire, args: readonly string[], called: readonly Line[], workflows: RegExp): Promise<void> {
  const pbx = await wire.phone('pbx', answersInARace(20, 'agent'), { agents: [], ...goesOn })
  const made = await carillon('import', ...args, '--to', wire.configFolder, '--pbx', `127.0.0.1:${pbx.port}`)
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stdout, workflows)
  // The machine of the test has no fixed ports, and the prompts need not be spoken.
  const main = join(wire.configFolder, 'carillon.yaml')
  const text = await readFile(main, 'utf8')
  const ports = "http: { listen: 'http://127.0.0.1:0' }\nmedia: { engine: none }\n"
  await writeFile(main, `${text.replace('sip:\n', "sip:\n  listen: ['udp://127.0.0.1:0']\n")}${ports}`)
  await wire.restart()
  for (const { number, name } of called) await (await wire.call(name.replaceAll(' ', '-'), number, talks())).done()
  const rung = await wire.rung()
  assert.ok(rung.length >= called.length, rung.join(', '))
  const { calls } = await wire.server.get<{
    readonly calls: readonly { readonly workflow: string; readonly outcome: string }[]
  }>('/api/calls?state=finished')
  assert.deepEqual(calls.map(({ workflow }) => workflow).sort(), called.map(({ name }) => name).sort())
  assert.deepEqual([...new Set(calls.map(({ outcome }) => outcome))], ['answered'])
}

interface Line {
  readonly name: string
  readonly number: string
}

describe('A site of 40 workflows from Lync', () => {
  it('is imported, served and called', () =>
    onWire(async wire => {
      const office = lyncOffice()
      const file = join(wire.folder, 'export.zip')
      await writeFile(file, exported(lyncOf(office)))
      const lines = office.workflows
        .filter(({ entry }) => 'queue' in entry)
        .map(({ name, number = '' }): Line => ({ name, number }))
      const called = isWhole ? lines : lines.filter((_, index) => index % 16 === 3)
      await movedTo(wire, ['lync', file], called, /workflows +40 /)
    }))
})

describe('A site of another product', () => {
  for (const { from, files, called, workflows } of otherOffices)
    it(`is imported from ${from}, served and called`, () =>
      onWire(async wire => {
        const folder = join(wire.folder, 'export')
        await mkdir(folder)
        for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
        await movedTo(wire, [from, folder, '--domain', 'example.com'], called, workflows)
      }))
})
