import { hashPhonePassword, hashUserPassword } from '../config/passwords.js'
import { json, textOption, type Command } from './command.js'

/** In characters. A longer input is probably a wrong file. */
const longest = 1_024

/** `carillon hash-password`: reads a password from standard input and prints the hash for the config. */
export function hashPasswordCommand(input: AsyncIterable<Buffer | string>): Command {
  return {
    name: 'hash-password',
    usage: '--user USER [--realm DOMAIN] [--json]',
    summary:
      'reads a password from standard input and prints its hash: with --realm for a phone, without it for a user of the console',
    options: {
      user: { type: 'string', value: 'USER', says: "the user part of the agent's SIP URI, or the name in users.yaml" },
      realm: { type: 'string', value: 'DOMAIN', says: 'sip.domain of the config; makes a hash for a phone (agents.yaml)' },
      ...json,
    },
    takes: { least: 0, most: 0 },
    async run(given, output) {
      const [user, realm] = [textOption(given, 'user'), textOption(given, 'realm')]
      if (user === undefined || user === '' || realm === '') {
        output.err('carillon hash-password: --user USER is required, and --realm must not be empty')
        return 2
      }
      const password = await firstLine(input)
      if (password === '' || password.length > longest) {
        output.err(`carillon: expected a password of 1 to ${longest} characters on standard input`)
        return 1
      }
      const hash = realm === undefined ? await hashUserPassword(password) : hashPhonePassword(user, realm.toLowerCase(), password)
      output.out(
        given.options['json'] === true ? JSON.stringify({ user, realm: realm?.toLowerCase() ?? null, password: hash }) : hash,
      )
      return 0
    },
  }
}

/** The first line without its line end. Reads no more than the longest password needs. */
async function firstLine(input: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    size += bytes.length
    if (bytes.includes(10) || size > 8 * longest) break
  }
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split(/\r?\n/, 1)
  return line
}
