import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { completionCommand } from '../../../src/cli/completion.js'
import { runCommand, type Command } from '../../../src/cli/command.js'
import { liveCommands } from '../../../src/cli/live.js'
import { printed, spiedOutput } from '../../fakes/spies.js'

const commands: readonly Command[] = [...liveCommands({}), completionCommand(() => commands)]

describe('carillon completion', () => {
  const script = async (shell: string) => {
    const output = spiedOutput()
    const code = await runCommand(commands, ['completion', shell], output)
    return { code, text: printed(output.out), err: printed(output.err) }
  }
  /** What bash suggests for the last of these words. */
  const offered = (text: string, ...words: string[]) =>
    execFileSync('bash', [
      '-c',
      `${text}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _carillon; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ])
      .toString()
      .trim()
      .split('\n')

  it('completes commands and their options in bash', async () => {
    const { code, text } = await script('bash')
    assert.equal(code, 0)
    assert.deepEqual(offered(text, 'carillon', 'sign'), ['sign-in', 'sign-out'])
    assert.deepEqual(offered(text, 'carillon', 'calls', '--fi'), ['--finished'])
    assert.deepEqual(offered(text, 'carillon', 'queues', '--fi'), [''])
  })

  it('has a script for zsh and for fish, and names them for any other shell', async () => {
    assert.match((await script('zsh')).text, /^autoload -U \+X bashcompinit && bashcompinit\n_carillon\(\)/)
    assert.match((await script('fish')).text, /^complete -c carillon -n '__fish_seen_subcommand_from calls' -l finished -d '/m)
    const other = await script('tcsh')
    assert.deepEqual([other.code, other.err], [2, 'carillon completion: the shell must be one of bash, zsh, fish'])
  })
})
