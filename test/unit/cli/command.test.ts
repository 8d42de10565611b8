import assert from 'node:assert/strict'
import { runCommand, textOption, type Command } from '../../../src/cli/command.js'
import { serveCommand } from '../../../src/cli/serve.js'
import { table } from '../../../src/cli/table.js'

/** Collects what a command prints. */
function printed(): { out: string[]; err: string[]; output: { out(line: string): void; err(line: string): void } } {
  const out: string[] = []
  const err: string[] = []
  return { out, err, output: { out: line => out.push(line), err: line => err.push(line) } }
}

const greet: Command = {
  name: 'greet',
  usage: 'NAME [--loud]',
  summary: 'greets',
  options: { loud: { type: 'boolean', says: 'shouts' }, as: { type: 'string', value: 'WORD', says: 'greets by it' } },
  takes: { least: 1, most: 1 },
  run(given, output) {
    output.out(`${textOption(given, 'as') ?? 'hello'} ${given.positionals.join()}${given.options['loud'] === true ? '!' : ''}`)
    return Promise.resolve(0)
  },
}

describe('the command line', () => {
  it('runs the named command with its arguments and options', async () => {
    const { out, output } = printed()
    assert.equal(await runCommand([greet], ['greet', 'Ann', '--loud', '--as', 'hi'], output), 0)
    assert.deepEqual(out, ['hi Ann!'])
  })

  it('lists every command with --help and exits with 0', async () => {
    const { out, output } = printed()
    assert.equal(await runCommand([greet], ['--help'], output), 0)
    assert.match(out.join('\n'), /greet {2}greets/)
  })

  it('shows the usage of one command with --help', async () => {
    const { out, output } = printed()
    assert.equal(await runCommand([greet], ['greet', '--help'], output), 0)
    assert.equal(
      out.join('\n'),
      [
        'greets\n\nusage: carillon greet NAME [--loud]\n',
        '  --loud      shouts',
        '  --as WORD   greets by it',
        '  -h, --help  prints this help',
      ].join('\n'),
    )
  })

  for (const [what, argv] of [
    ['no command', []],
    ['an unknown command', ['grete']],
    ['an unknown option', ['greet', 'Ann', '--quiet']],
    ['too few arguments', ['greet']],
    ['too many arguments', ['greet', 'Ann', 'Bob']],
  ] as const) {
    it(`exits with 2 for ${what}`, async () => {
      const { output } = printed()
      assert.equal(await runCommand([greet], argv, output), 2)
    })
  }

  for (const [argv, said] of [
    [['grete'], "carillon: there is no command 'grete'; did you mean 'greet'?\ncarillon --help lists the commands"],
    [['greet', 'Ann', '--lout'], "carillon: unknown option --lout; did you mean '--loud'?\nusage: carillon greet NAME [--loud]"],
    [['greet', 'Ann', 'Bob'], 'carillon: greet takes 1 argument, got 2\nusage: carillon greet NAME [--loud]'],
    [['greet'], 'carillon: greet takes 1 argument, got 0\nusage: carillon greet NAME [--loud]'],
  ] as const)
    it(`says in its own words what is wrong with '${argv.join(' ')}'`, async () => {
      const { err, output } = printed()
      await runCommand([greet], argv, output)
      assert.deepEqual(err, [said])
    })

  it('prints its version', async () => {
    for (const word of ['--version', '-v', 'version']) {
      const { out, output } = printed()
      assert.equal(await runCommand([greet], [word], output, 'carillon 0.1.0'), 0)
      assert.deepEqual(out, ['carillon 0.1.0'])
    }
  })

  it('refuses to serve without a config folder or with an unknown log level', async () => {
    const started: unknown[] = []
    const serve = serveCommand(options => {
      started.push(options)
      return Promise.resolve(0)
    })
    const { err, output } = printed()
    assert.equal(await runCommand([serve], ['serve'], output), 2)
    assert.equal(await runCommand([serve], ['serve', '--config', 'c', '--log-level', 'loud'], output), 2)
    assert.match(err.join('\n'), /--config DIR is required[\s\S]*error, warn, info, debug/)
    assert.equal(await runCommand([serve], ['serve', '--config', 'c', '--log-format', 'xml'], output), 2)
    assert.match(err.at(-1) ?? '', /--log-format must be json or pretty/)
    assert.deepEqual(started, [])
    assert.equal(await runCommand([serve], ['serve', '--config', 'c', '--log-format', 'pretty'], output), 0)
    assert.deepEqual(started, [{ configFolder: 'c', logLevel: 'info', logFormat: 'pretty' }])
  })
})

describe('a table', () => {
  it('aligns its columns to the widest cell and leaves no space at line ends', () => {
    const text = table(
      ['A', 'LONGER'],
      [
        ['wide cell', 'x'],
        ['y', ''],
      ],
    )
    assert.equal(text, 'A          LONGER\nwide cell  x\ny')
  })
})
