import { checkCommand, type CheckSurroundings } from './check.js'
import { copyCommands, type StoreCopies } from './backup.js'
import type { Command } from './command.js'
import type { ExitCode, Output } from './output.js'
import { completionCommand } from './completion.js'
import { hashPasswordCommand } from './hash-password.js'
import { importCommand } from './import.js'
import { initCommand } from './init.js'
import type { Environment } from './asking.js'
import { liveCommands } from './live.js'
import { makeTokenCommand } from './make-token.js'
import { planCommand } from './plan.js'
import type { Terminal } from './questions.js'
import { replayCommand } from './replay.js'
import { reportCommand } from './report.js'
import { serveCommand, type ServeOptions } from './serve.js'

/** The things outside the commands that they use. */
interface Tools {
  readonly env: Environment
  readonly serve: (options: ServeOptions, output: Output) => Promise<ExitCode>
  readonly check: CheckSurroundings
  readonly copies: () => Promise<StoreCopies>
  readonly input: AsyncIterable<Buffer | string>
  /** Undefined: nobody sits at a terminal. */
  readonly terminal?: Terminal
}

/** Every command, in the order of `carillon --help`. */
export function allCommands({ env, serve, check, copies, input, terminal }: Tools): readonly Command[] {
  const commands: readonly Command[] = [
    serveCommand(serve),
    initCommand(terminal?.shown),
    importCommand(),
    checkCommand(env, check),
    planCommand(env),
    ...liveCommands(env),
    reportCommand(env),
    replayCommand(env),
    ...copyCommands(env, copies),
    hashPasswordCommand(input, terminal?.hidden),
    makeTokenCommand,
    completionCommand(() => commands),
  ]
  return commands
}
