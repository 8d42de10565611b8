import { createHash, randomBytes } from 'node:crypto'
import { json, type Command } from './command.js'

/** Secret scanners find a leaked token by this prefix. */
const prefix = 'carillon_'
const tokenBytes = 32

/** `carillon make-token`: prints a new token and its hash for users.yaml. */
export const makeTokenCommand: Command = {
  name: 'make-token',
  usage: '[--json]',
  summary: 'prints a new token for the HTTP API, and the hash to put in users.yaml',
  options: json,
  takes: { least: 0, most: 0 },
  run(given, output) {
    const token = `${prefix}${randomBytes(tokenBytes).toString('base64url')}`
    const hash = `sha-256:${createHash('sha256').update(token).digest('hex')}`
    if (given.options['json'] === true) output.out(JSON.stringify({ token, hash }))
    else {
      output.out(`token (for the program; it is not shown again): ${token}`)
      output.out(`hash (for users.yaml): ${hash}`)
    }
    return Promise.resolve(0)
  },
}
