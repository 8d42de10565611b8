import sinon, { type SinonStub } from 'sinon'
import type { LogFields } from '../../src/foundation/log.js'

type Line = [message: string, fields?: LogFields]
type Lines = SinonStub<Line, undefined>

interface SpiedLog {
  readonly error: Lines
  readonly warn: Lines
  readonly info: Lines
  readonly child: () => SpiedLog
}

/** A log that writes nothing. Its methods are stubs that record their calls. */
export function spiedLog(): SpiedLog {
  const lines = (): Lines => sinon.stub<Line, undefined>()
  const log: SpiedLog = { error: lines(), warn: lines(), info: lines(), child: () => log }
  return log
}

export const messagesOf = (lines: Lines): string[] => lines.args.map(([message]) => message)
export const eventsOf = (lines: Lines): (string | undefined)[] => lines.args.map(([, fields]) => fields?.event)

interface SpiedOutput {
  readonly out: SinonStub<[line: string], undefined>
  readonly err: SinonStub<[line: string], undefined>
}

/** The output of a command. */
export const spiedOutput = (): SpiedOutput => ({
  out: sinon.stub<[line: string], undefined>(),
  err: sinon.stub<[line: string], undefined>(),
})

export const printed = (...lines: readonly SinonStub<[line: string], undefined>[]): string =>
  lines.flatMap(({ args }) => args.flat()).join('\n')
