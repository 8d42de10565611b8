#!/usr/bin/env node
import { serve } from './app.js'
import { checkCommand } from './cli/check.js'
import { runCommand } from './cli/command.js'
import { liveCommands } from './cli/live.js'
import { replayCommand } from './cli/replay.js'
import { serveCommand } from './cli/serve.js'

const output = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  err: (line: string) => process.stderr.write(`${line}\n`),
}
const commands = [serveCommand(serve), checkCommand(process.env), ...liveCommands, replayCommand(process.env)]
process.exitCode = await runCommand(commands, process.argv.slice(2), output)
