import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import type { Writable } from 'node:stream'
import { killAll, markName, newMark } from './speech-kill.js'
import type { Clock } from '../../foundation/clock.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { formatDuration, type Millis } from '../../foundation/time.js'

interface ProgramLimits {
  readonly clock: Clock
  readonly timeout: Millis
  readonly abort: AbortSignal
  /** Called if the program takes longer than `timeout`. */
  readonly timedOut?: () => void
}

/** In bytes: about five minutes of stereo at 48 kHz. */
const mostOutput = 64 * 1_024 * 1_024
/** How many characters of the program's error output are reported. */
const mostComplaint = 300

/**
 * Sends the text to the program and returns its output. A fault is the rest of a sentence that starts with the program's name.
 */
export function runProgram(
  command: readonly string[],
  text: string | Uint8Array,
  limits: ProgramLimits,
): Promise<Result<Buffer>> {
  if (limits.abort.aborted) return Promise.resolve(fault('was not started: Carillon ends'))
  const [program = '', ...words] = command
  const mark = newMark()
  return new Promise(resolve => {
    let child: ChildProcessWithoutNullStreams
    try {
      // A process group of its own, so that everything a shell started ends with the shell.
      // eslint-disable-next-line no-restricted-syntax -- passed on whole to the program; nothing of it is read
      const env = { ...process.env, [markName]: mark }
      child = spawn(program, words, { stdio: 'pipe', detached: true, env })
    } catch (error) {
      return resolve(fault(`can't be started: ${String(error)}`))
    }
    // Without free descriptors Node leaves out the pipes and reports the error later.
    if ((child.stdin as Writable | undefined) === undefined) {
      child.once('error', error => resolve(fault(`can't be started: ${error.message}`)))
      return
    }
    const end = (result: Result<Buffer>): void => {
      timer.cancel()
      limits.abort.removeEventListener('abort', aborted)
      resolve(result)
    }
    const kill = (why: string): void => {
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      killAll(child.pid, mark)
      end(fault(why))
    }
    const aborted = (): void => kill('was ended: Carillon ends')
    const timer = limits.clock.after(limits.timeout, () => {
      limits.timedOut?.()
      kill(`took longer than ${formatDuration(limits.timeout)}`)
    })
    limits.abort.addEventListener('abort', aborted)
    listen(child, end, kill)
    child.stdin.end(text)
  })
}

function listen(child: ChildProcessWithoutNullStreams, end: (result: Result<Buffer>) => void, kill: (why: string) => void): void {
  const pieces: Buffer[] = []
  let size = 0
  let complaint = ''
  child.stdout.on('data', (piece: Buffer) => {
    size += piece.length
    if (size > mostOutput) return kill('wrote more than 64 MB')
    pieces.push(piece)
  })
  child.stderr.on('data', (piece: Buffer) => (complaint = (complaint + piece.toString()).slice(-mostComplaint)))
  // A program that ends before it has read everything reports the reason by its exit code.
  child.stdin.on('error', () => undefined)
  child.on('error', error => end(fault(`can't be started: ${error.message}`)))
  child.on('close', (code, signal) => {
    if (code === 0) return end(ok(Buffer.concat(pieces)))
    const said = complaint.trim().replaceAll(/\s+/g, ' ')
    end(fault(`ended with ${code === null ? (signal ?? 'no code') : `exit code ${code}`}${said === '' ? '' : `: ${said}`}`))
  })
}
