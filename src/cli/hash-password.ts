import { hashPhonePassword, hashUserPassword } from '../config/passwords.js'
import { json, textOption, type Command } from './command.js'
import { tell, type Output } from './output.js'
import type { LineQuestion } from './questions.js'

/** In characters. A longer input is probably the wrong file. */
const longest = 1_024

/** `carillon hash-password`: reads a password and prints the hash for the config. `ask` is given if a person sits at a terminal. */
export function hashPasswordCommand(input: AsyncIterable<Buffer | string>, ask?: LineQuestion): Command {
  return {
    name: 'hash-password',
    usage: '--user USER [--realm DOMAIN] [--json]',
    summary:
      'asks for a password, or reads it from standard input, and prints its hash: with --realm for a phone, without it for a user of the console',
    options: {
      user: { type: 'string', value: 'USER', says: "the user part of the agent's SIP URI, or the name in users.yaml" },
      realm: { type: 'string', value: 'DOMAIN', says: 'sip.domain of the config; makes a hash for a phone (agents.yaml)' },
      ...json,
    },
    takes: { least: 0, most: 0 },
    async run(given, output) {
      const [user, realm] = [textOption(given, 'user'), textOption(given, 'realm')]
      if (user === undefined || user === '' || realm === '') {
        tell(output, { kind: 'usage', message: '--user USER is required, and --realm must not be empty' }, 'hash-password')
        return 2
      }
      const password = await (ask ? askTwice(ask, output) : firstLine(input))
      if (!isPassword(password, output)) return 1
      const hash = realm === undefined ? await hashUserPassword(password) : hashPhonePassword(user, realm.toLowerCase(), password)
      output.out(
        given.options['json'] === true ? JSON.stringify({ user, realm: realm?.toLowerCase() ?? null, password: hash }) : hash,
      )
      return 0
    },
  }
}

function isPassword(text: string | undefined, output: Output): text is string {
  if (text === undefined) return false
  const fits = text !== '' && text.length <= longest
  if (!fits) tell(output, { kind: 'input', message: `expected a password of 1 to ${longest} characters` })
  return fits
}

/** Asks for a password twice. Undefined: the two differ, or the person gave up. */
async function askTwice(ask: LineQuestion, output: Output): Promise<string | undefined> {
  try {
    const password = await ask('Password: ')
    if (password === '' || (await ask('The same again: ')) === password) return password
    tell(output, { kind: 'input', message: 'the two passwords differ' })
  } catch {
    tell(output, { kind: 'input', message: 'no password was given' })
  }
  return undefined
}

/** The first line, without its line end. Stops reading once the password is too long. */
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
