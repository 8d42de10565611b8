import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { serve } from '../../../src/app/serve.js'
import { runCommand } from '../../../src/cli/command.js'
import { allCommands } from '../../../src/cli/commands.js'
import { nothingFound } from '../../fakes/nothing-found.js'
import { printed, spiedOutput } from '../../fakes/spies.js'

/** The one shape of a problem (docs/contract.md). */
const problemSchema = z.strictObject({
  level: z.enum(['error', 'warning']),
  kind: z.enum(['usage', 'config', 'file', 'server', 'unreachable', 'input', 'failed']),
  message: z.string().min(1),
  remedy: z.string().optional(),
  file: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
  status: z.number().optional(),
  requestId: z.string().optional(),
})

const commands = allCommands({
  ...{ env: {}, serve, check: nothingFound, copies: () => import('../../../src/app/copies.js') },
  input: Readable.from(['\n']),
})

async function run(...argv: string[]) {
  const output = spiedOutput()
  const code = await runCommand(commands, argv, output)
  const lines = output.err.args.map(([line]): unknown => JSON.parse(line))
  return { code, out: printed(output.out), problems: lines.map(line => problemSchema.parse(line)) }
}

describe('a problem of a command with --json', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-problems-'))
    writeFileSync(join(folder, 'carillon.yaml'), 'sip: { domain: example.com, lissten: [udp://127.0.0.1:0] }\n')
  })
  after(() => rmSync(folder, { recursive: true }))

  for (const { name } of commands)
    it(`is a line of JSON for a wrong option of ${name}`, async () => {
      const { code, out, problems } = await run(name, '--json', '--bogus')
      assert.equal(code, 2)
      assert.equal(out, '')
      assert.deepEqual(
        problems.map(({ level, kind, message }) => [level, kind, message]),
        [['error', 'usage', 'unknown option --bogus']],
      )
      assert.match(problems[0]?.remedy ?? '', new RegExp(`^usage: carillon ${name} `))
    })

  for (const argv of [['serve', '--config'], ['plan'], ['backup', 'to.db', '--config'], ['replay', 'none.jsonl', '--config']])
    it(`has the place of a config's fault for ${argv[0]}`, async () => {
      const { code, out, problems } = await run(...argv, folder, '--json')
      assert.equal(code, 1)
      assert.equal(out, '')
      assert.deepEqual(
        problems.map(({ kind, file, line, column }) => [kind, file?.endsWith('carillon.yaml'), line, column]),
        problems.map(() => ['config', true, 1, 29]).slice(0, 1),
      )
    })

  for (const [argv, kind, code] of [
    [['check', 'nowhere'], 'file', 1],
    [['replay', 'nowhere.jsonl'], 'file', 1],
    [['init', '.'], 'file', 1],
    [['init', 'nowhere', '--domain', 'example.com'], 'usage', 2],
    [['serve'], 'usage', 2],
    [['backup', 'to.db'], 'usage', 2],
    [['report', '--from', 'yesterday'], 'usage', 2],
    [['report', '--format', 'pdf'], 'usage', 2],
    [['completion', 'tcsh'], 'usage', 2],
    [['log-level', 'sip', 'loud'], 'usage', 2],
    [['sign-in', 'sip:', 'support'], 'usage', 2],
    [['agents', '--server', 'localhost'], 'usage', 2],
    [['agents', '--token-file', 'nowhere'], 'file', 2],
    [['calls', '--server', 'http://127.0.0.1:1'], 'unreachable', 1],
    [['hash-password', '--user', 'alice'], 'input', 1],
    [['hash-password'], 'usage', 2],
  ] as const)
    it(`is of the kind ${kind} for ${argv.join(' ')}`, async () => {
      const { code: got, out, problems } = await run(...argv, '--json')
      assert.equal(got, code)
      assert.equal(out, '')
      assert.ok(problems.length > 0)
      assert.deepEqual(new Set(problems.map(problem => problem.kind)), new Set([kind]))
    })

  it('names the status and the request id of a server that refuses', async () => {
    const refusal = { type: 'about:blank', title: 'Forbidden', status: 403, detail: 'this needs admin', requestId: 'r-1' }
    const server: Server = createServer((_request, response) => response.writeHead(403).end(JSON.stringify(refusal)))
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { code, problems } = await run('reload', '--server', `http://127.0.0.1:${port}`, '--json')
    server.closeAllConnections()
    server.close()
    assert.equal(code, 1)
    assert.deepEqual(problems, [{ level: 'error', kind: 'server', message: 'this needs admin', status: 403, requestId: 'r-1' }])
  })

  it('is text without --json', async () => {
    const output = spiedOutput()
    assert.equal(await runCommand(commands, ['check', 'nowhere'], output), 1)
    assert.equal(printed(output.err), 'carillon check: there is no folder nowhere')
  })
})
