import { logLevels, type LogLevel } from '../foundation/log.js'
import { textOption, type Command, type ExitCode, type Output } from './command.js'

export interface ServeOptions {
  readonly configFolder: string
  readonly logLevel: LogLevel
  /** `json`: one object a line, for programs. `pretty`: text for people. */
  readonly logFormat: LogFormat
}

const logFormats = ['json', 'pretty'] as const
type LogFormat = (typeof logFormats)[number]

/** `carillon serve`. main.ts passes in the server, because only main.ts composes the parts. */
export function serveCommand(serve: (options: ServeOptions, output: Output) => Promise<ExitCode>): Command {
  return {
    name: 'serve',
    usage: '--config DIR [--log-level error|warn|info|debug] [--log-format json|pretty]',
    summary: 'runs the server; prints `carillon ready sip=… http=…` when it accepts calls',
    options: {
      config: { type: 'string', value: 'DIR', says: 'the config folder; it is read again when it changes and on SIGHUP' },
      'log-level': { type: 'string', value: 'LEVEL', says: `${logLevels.join(', ')}; default info` },
      'log-format': {
        type: 'string',
        value: 'FORMAT',
        says: `${logFormats.join(' or ')}; default pretty on a terminal, else json`,
      },
    },
    takes: { least: 0, most: 0 },
    run(given, output) {
      const configFolder = textOption(given, 'config')
      const logLevel = oneOf(logLevels, textOption(given, 'log-level') ?? 'info')
      const logFormat = oneOf(logFormats, textOption(given, 'log-format') ?? (process.stdout.isTTY ? 'pretty' : 'json'))
      if (configFolder !== undefined && logLevel && logFormat) return serve({ configFolder, logLevel, logFormat }, output)
      if (configFolder === undefined) output.err('carillon serve: --config DIR is required')
      if (!logLevel) output.err(`carillon serve: --log-level must be one of ${logLevels.join(', ')}`)
      if (!logFormat) output.err(`carillon serve: --log-format must be ${logFormats.join(' or ')}`)
      return Promise.resolve(2)
    },
  }
}

const oneOf = <T extends string>(words: readonly T[], asked: string): T | undefined => words.find(word => word === asked)
