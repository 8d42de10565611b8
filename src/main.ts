#!/usr/bin/env node
import { serve } from './app.js'
import { checkCommand } from './cli/check.js'
import { runCommand } from './cli/command.js'
import { liveCommands } from './cli/live.js'
import { planCommand } from './cli/plan.js'
import { replayCommand } from './cli/replay.js'
import { reportCommand } from './cli/report.js'
import { serveCommand } from './cli/serve.js'

const output = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  err: (line: string) => process.stderr.write(`${line}\n`),
}
const { env } = process
const commands = [serveCommand(serve), checkCommand(env), planCommand(env), ...liveCommands, reportCommand, replayCommand(env)]
process.exitCode = await runCommand(commands, process.argv.slice(2), output)
