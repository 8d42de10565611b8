import { logLevels, type LogLevel } from '../foundation/log.js'
import { textOption, type Command } from './command.js'
import { tell, type ExitCode, type Output } from './output.js'

export interface ServeOptions {
  readonly configFolder: string
  readonly logLevel: LogLevel
  /** `json`: one object per line, for programs. `pretty`: text for people. */
  readonly logFormat: LogFormat
}

const logFormats = ['json', 'pretty'] as const
type LogFormat = (typeof logFormats)[number]

/** `carillon serve`: runs the server. main.ts passes `serve` in, because only main.ts puts the parts together. */
export function serveCommand(serve: (options: ServeOptions, output: Output) => Promise<ExitCode>): Command {
  return {
    name: 'serve',
    usage: '--config DIR [--log-level error|warn|info|debug] [--log-format json|pretty] [--json]',
    summary: 'runs the server; prints `carillon ready sip=… http=…` when it accepts calls',
    options: {
      config: { type: 'string', value: 'DIR', says: 'the config folder; it is read again when it changes and on SIGHUP' },
      'log-level': { type: 'string', value: 'LEVEL', says: `${logLevels.join(', ')}; default info` },
      'log-format': {
        type: 'string',
        value: 'FORMAT',
        says: `${logFormats.join(' or ')}; default pretty on a terminal, else json`,
      },
      json: {
        type: 'boolean',
        says: 'prints errors of the start, and that it accepts calls, as lines of JSON on standard error; the log is JSON too',
      },
    },
    takes: { least: 0, most: 0 },
    run(given, output) {
      const configFolder = textOption(given, 'config')
      const logLevel = oneOf(logLevels, textOption(given, 'log-level') ?? 'info')
      const logFormat = oneOf(
        logFormats,
        textOption(given, 'log-format') ?? (process.stdout.isTTY && output.isJson !== true ? 'pretty' : 'json'),
      )
      if (configFolder !== undefined && logLevel && logFormat) return serve({ configFolder, logLevel, logFormat }, output)
      const wrong = (message: string): void => tell(output, { kind: 'usage', message }, 'serve')
      if (configFolder === undefined) wrong('--config DIR is required')
      if (!logLevel) wrong(`--log-level must be one of ${logLevels.join(', ')}`)
      if (!logFormat) wrong(`--log-format must be ${logFormats.join(' or ')}`)
      return Promise.resolve(2)
    },
  }
}

const oneOf = <T extends string>(words: readonly T[], asked: string): T | undefined => words.find(word => word === asked)
