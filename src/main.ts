#!/usr/bin/env node
import { version } from './app/version.js'
import type { CheckSurroundings } from './cli/check.js'
import { colours, hasColours } from './cli/colours.js'
import { runCommand } from './cli/command.js'
import type { ExitCode, Output } from './cli/output.js'
import { allCommands } from './cli/commands.js'
import { terminal as terminalOf } from './cli/questions.js'
import type { ServeOptions } from './cli/serve.js'

const output = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  err: (line: string) => process.stderr.write(`${line}\n`),
  ...(hasColours(process.stdout) && { paint: colours }),
}
const { env } = process

/** The server is loaded for `serve` alone. A hang-up means nothing until then, but without a listener it would end the process. */
async function serve(options: ServeOptions, to: Output): Promise<ExitCode> {
  process.on('SIGHUP', () => undefined)
  const server = await import('./app/serve.js')
  return server.serve(options, to)
}

/** Such as `carillon 0.2.0 (Node v20.19.0)`. */
const versionLine = `carillon ${version} (Node ${process.version})`

const check: CheckSurroundings = {
  findSilences: async settings => (await import('./app/check.js')).findSilences(settings),
  findLists: async settings => (await import('./app/check.js')).findLists(settings),
}
const terminal = process.stdin.isTTY ? terminalOf(process.stdin, process.stderr) : undefined

const commands = allCommands({
  ...{ env, serve, check, input: process.stdin, copies: () => import('./app/copies.js') },
  ...(terminal && { terminal }),
})
process.exitCode = await runCommand(commands, process.argv.slice(2), output, versionLine)
terminal?.close()
