import { textOption, type Command, type ExitCode, type Output } from './command.js'

export interface ServeOptions {
  readonly configFolder: string
  readonly logLevel: LogLevel
}

export const logLevels = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** `carillon serve`. main.ts passes in the server, because only main.ts composes the parts. */
export function serveCommand(serve: (options: ServeOptions, output: Output) => Promise<ExitCode>): Command {
  return {
    name: 'serve',
    usage: '--config DIR [--log-level error|warn|info|debug]',
    summary: 'runs the server; prints `carillon ready sip=… http=…` when it accepts calls',
    options: {
      config: { type: 'string', value: 'DIR', says: 'the config folder; it is read again when it changes and on SIGHUP' },
      'log-level': { type: 'string', value: 'LEVEL', says: `${logLevels.join(', ')}; default info` },
    },
    takes: { least: 0, most: 0 },
    run(given, output) {
      const configFolder = textOption(given, 'config')
      const asked = textOption(given, 'log-level') ?? 'info'
      const logLevel = logLevels.find(level => level === asked)
      if (configFolder !== undefined && logLevel) return serve({ configFolder, logLevel }, output)
      output.err(
        configFolder === undefined
          ? 'carillon serve: --config DIR is required'
          : `carillon serve: --log-level must be one of ${logLevels.join(', ')}`,
      )
      return Promise.resolve(2)
    },
  }
}
