import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatFault } from '../config/faults.js'
import { loadConfig } from '../config/load.js'
import { messageOf } from '../foundation/errors.js'
import { fault, type Result } from '../foundation/result.js'
import { json, textOption, type Arguments, type Command, type Option } from './command.js'
import { tell, type ExitCode, type Output } from './output.js'
import { questions, type Answers, type Question } from './init-answers.js'
import { initialFiles } from './init-files.js'
import type { LineQuestion } from './questions.js'

const names = Object.keys(questions) as readonly (keyof Answers)[]

/** `carillon init DIR`: writes a new config folder from answers. `ask` is given if a person sits at a terminal. */
export function initCommand(ask?: LineQuestion): Command {
  return {
    name: 'init',
    usage: 'DIR [--domain DOMAIN] [--pbx ADDRESS] [--agents USERS] [--defaults] [--json]',
    summary: 'asks a few questions and writes a config with one group, one queue and one number into a new folder',
    options: {
      ...Object.fromEntries(names.map(name => [name, optionOf(questions[name])])),
      defaults: { type: 'boolean', says: 'does not ask; what no option gives has its default' },
      ...json,
    },
    takes: { least: 1, most: 1 },
    async run(given, output) {
      const folder = given.positionals[0] ?? ''
      const inTheWay = await thingsIn(folder)
      if (inTheWay !== undefined) {
        tell(output, { kind: 'file', message: inTheWay }, 'init')
        return 1
      }
      const answers = await answersFor(given, given.options['defaults'] === true ? undefined : ask, output)
      return answers === undefined ? 2 : write(folder, answers, given, output)
    },
  }
}

function optionOf({ asks, also, value, preset }: Question<unknown>): Option {
  const words = [also, preset === undefined ? 'required without a terminal' : `default ${preset}`]
  return { type: 'string', value, says: [asks, ...words.filter(each => each !== undefined)].join('; ') }
}

/** Why nothing may be written there. Undefined: the folder is missing or empty. */
async function thingsIn(folder: string): Promise<string | undefined> {
  try {
    const [first] = await readdir(folder)
    return first === undefined ? undefined : `${folder} is not empty; init writes only into a new or an empty folder`
  } catch (error) {
    return isMissing(error) ? undefined : messageOf(error)
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** The answers from the options and the person. Undefined: an answer is wrong or missing, and the user was told. */
async function answersFor(given: Arguments, ask: LineQuestion | undefined, output: Output): Promise<Answers | undefined> {
  const answers: Partial<Record<keyof Answers, unknown>> = {}
  const wrong: string[] = []
  for (const name of names) {
    const text = textOption(given, name)
    if (ask && text === undefined) {
      const answer = await askFor(questions[name], ask, output)
      if (answer === undefined) return undefined
      answers[name] = answer
      continue
    }
    const answer = readOption(name, questions[name], text)
    if (answer.ok) answers[name] = answer.value
    else wrong.push(answer.fault)
  }
  // If nothing is wrong, each name has an answer of its question's type.
  const complete = wrong.length > 0 ? undefined : (answers as unknown as Answers)
  if (complete?.agents.some(({ user }) => user === complete.group) === true)
    wrong.push(`--group: '${complete.group}' is an agent, and both would have the same address`)
  for (const message of wrong) tell(output, { kind: 'usage', message }, 'init')
  return wrong.length > 0 ? undefined : complete
}

/** Reads the value of an option, or its default if `text` is not given. */
function readOption(name: string, { preset, value, read }: Question<unknown>, text = preset): Result<unknown> {
  if (text === undefined) return fault(`--${name} ${value} is required`)
  const answer = read(text)
  return answer.ok ? answer : fault(`--${name}: ${answer.fault}`)
}

/** Asks until the answer can be read. Undefined: the person gave up. */
async function askFor({ asks, also, preset, read }: Question<unknown>, ask: LineQuestion, output: Output): Promise<unknown> {
  const prompt = `${asks}${also === undefined ? '' : ` (${also})`}${preset === undefined ? '' : ` [${preset}]`}: `
  for (;;) {
    let text: string
    try {
      text = (await ask(prompt)).trim()
    } catch {
      tell(output, { kind: 'input', message: 'nothing is written' }, 'init')
      return undefined
    }
    const answer = read(text === '' ? (preset ?? '') : text)
    if (answer.ok) return answer.value
    if (output.isJson === true) tell(output, { kind: 'input', message: answer.fault })
    else output.err(answer.fault)
  }
}

async function write(folder: string, answers: Answers, given: Arguments, output: Output): Promise<ExitCode> {
  const files = initialFiles(answers)
  try {
    // Other users may not read the folder, because password hashes will be in it.
    await mkdir(folder, { recursive: true, mode: 0o750 })
    for (const [name, text] of files) await writeFile(join(folder, name), text, { flag: 'wx', mode: 0o640 })
  } catch (error) {
    tell(output, { kind: 'file', message: messageOf(error) }, 'init')
    return 1
  }
  const loaded = await loadConfig(folder, { env: {}, generation: 1 })
  const remarks = (loaded.ok ? loaded.warnings : loaded.faults).map(formatFault)
  if (given.options['json'] === true) output.out(JSON.stringify({ folder, files: [...files.keys()], valid: loaded.ok, remarks }))
  else for (const line of [...remarks, ...nextSteps(folder, answers, [...files.keys()])]) output.out(line)
  return loaded.ok ? 0 : 1
}

const nextSteps = (folder: string, { group, domain, number, listen }: Answers, files: readonly string[]): readonly string[] => [
  `${folder} has ${files.join(', ')}`,
  `next: carillon serve --config ${folder}`,
  `then let the PBX send calls for sip:${group}@${domain}${number === '' ? '' : ` or ${number}`} to this machine (${listen.join(', ')})`,
]
