import { json, type Command } from './command.js'
import { tell } from './output.js'

const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

/** `carillon completion SHELL`: prints a script with which the shell completes commands and options. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    usage: 'bash|zsh|fish [--json]',
    summary: 'prints a script for the shell that completes commands and options: source <(carillon completion bash)',
    options: json,
    takes: { least: 1, most: 1 },
    run(given, output) {
      const shell = shells.find(each => each === given.positionals[0])
      if (!shell) {
        tell(output, { kind: 'usage', message: `the shell must be one of ${shells.join(', ')}` }, 'completion')
        return Promise.resolve(2)
      }
      const script = scripts[shell](commands())
      output.out(output.isJson === true ? JSON.stringify({ shell, script }) : script)
      return Promise.resolve(0)
    },
  }
}

const scripts: Readonly<Record<Shell, (commands: readonly Command[]) => string>> = {
  bash,
  zsh: commands => `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`,
  fish,
}

const optionsOf = ({ options }: Command): readonly string[] => [...Object.keys(options), 'help'].map(name => `--${name}`)

/** A script for bash. The values of options and the arguments complete as file names. */
function bash(commands: readonly Command[]): string {
  const cases = commands.map(command => `    ${command.name}) words="${optionsOf(command).join(' ')}" ;;`)
  return `_carillon() {
  local words current=\${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _carillon carillon`
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = commands.flatMap(({ name, summary, options }) => [
    `complete -c carillon -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ...Object.entries(options).map(
      ([option, { value, says }]) =>
        `complete -c carillon -n '__fish_seen_subcommand_from ${name}' -l ${option}${value === undefined ? '' : ' -r'} -d ${quoted(says)}`,
    ),
  ])
  return lines.join('\n')
}
