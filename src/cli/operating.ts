import { logAreas, logLevels, type LogLevels } from '../foundation/log.js'
import type { ClusterLeaveDocument } from '../http/cluster-documents.js'
import type { ConfigReloadDocument, RegisteredPhoneDocument } from '../http/documents.js'
import type { Change } from '../config/plan.js'
import { changesInWords } from '../config/plan-text.js'
import { server, type Ask } from './asking.js'
import type { Paint } from './colours.js'
import { json, type Arguments, type Command } from './command.js'
import { tell, type Output } from './output.js'
import { localTime, table } from './table.js'

/** The commands with which an admin operates a running server: its config, its log and the registered phones. */
export function operatingCommands(ask: Ask): readonly Command[] {
  return [reloadCommand(ask), leaveCommand(ask), phonesCommand(ask), logLevelCommand(ask)]
}

/** The document comes from our own server, so its shape is trusted and not checked again. */
type Reload = Omit<ConfigReloadDocument, 'changes'> & { readonly changes: readonly Change[] }

/** `carillon reload`: reads the config again, like SIGHUP but with an answer. Exits with 1 if the config has faults. */
function reloadCommand(ask: Ask): Command {
  return {
    name: 'reload',
    usage: '[--server URL] [--token TOKEN] [--json]',
    summary: 'makes the server read its config again; prints what changed, what needs a restart, or the errors',
    options: { ...server, ...json },
    takes: { least: 0, most: 0 },
    async run(given, output) {
      const outcome = { isTaken: true }
      const code = await ask(given, output, {
        method: 'POST',
        path: '/api/config/reload',
        async use(response) {
          const reload = (await response.json()) as Reload
          outcome.isTaken = reload.taken
          if (isJson(given)) output.out(JSON.stringify(reload))
          else sayReload(reload, output)
        },
      })
      return outcome.isTaken ? code : 1
    },
  }
}

function sayReload({ taken, faults, warnings, changes, restartNeeded }: Reload, output: Output): void {
  for (const fault of faults) output.err(fault)
  for (const warning of warnings) output.err(`${warning} (warning)`)
  if (!taken) return output.err('the previous config stays in force')
  output.out(changes.length === 0 ? 'the config is in force; nothing changed' : `in force: ${changesInWords(changes)}`)
  if (restartNeeded.length > 0) output.out(`needs a restart: ${restartNeeded.join(', ')}`)
}

/** `carillon leave`: the node that serves hands its calls to a node that stands by, and ends. */
function leaveCommand(ask: Ask): Command {
  return {
    name: 'leave',
    usage: '[--server URL] [--token TOKEN] [--json]',
    summary: 'hands the calls of this node of a cluster to a node that stands by, and ends the server',
    options: { ...server, ...json },
    takes: { least: 0, most: 0 },
    run: (given, output) =>
      ask(given, output, {
        method: 'POST',
        path: '/api/cluster/leave',
        async use(response) {
          const left = (await response.json()) as ClusterLeaveDocument
          output.out(isJson(given) ? JSON.stringify(left) : `${left.node} leaves its calls to ${left.to.join(' or ')}, and ends`)
        },
      }),
  }
}

/** `carillon phones`: lists the registered phones. */
function phonesCommand(ask: Ask): Command {
  return {
    name: 'phones',
    usage: '[--server URL] [--token TOKEN] [--json]',
    summary: 'lists the phones that are registered at Carillon, with address and expiry',
    options: { ...server, ...json },
    takes: { least: 0, most: 0 },
    run: (given, output) =>
      ask(given, output, {
        path: '/api/phones',
        async use(response) {
          const phones = (await response.json()) as readonly RegisteredPhoneDocument[]
          output.out(isJson(given) ? JSON.stringify(phones) : phonesTable(phones, output.paint))
        },
      }),
  }
}

function phonesTable(phones: readonly RegisteredPhoneDocument[], paint?: Paint): string {
  const rows = phones.map(({ agent, contact, transport, reachedAt, expires, isTemporary }) => [
    agent,
    contact,
    transport,
    reachedAt ?? '',
    localTime(expires),
    isTemporary ? 'browser' : '',
  ])
  return table(['AGENT', 'CONTACT', 'TRANSPORT', 'REACHED AT', 'EXPIRES', 'KIND'], rows, paint)
}

/** `carillon log-level`: shows the log levels. With an area and a level, sets the level. */
function logLevelCommand(ask: Ask): Command {
  return {
    name: 'log-level',
    usage: '[AREA LEVEL] [--server URL] [--token TOKEN] [--json]',
    summary: `shows how much each area logs; AREA (all, ${logAreas.join(', ')}) and LEVEL (${logLevels.join(', ')}) set it until the server ends`,
    options: { ...server, ...json },
    takes: { least: 0, most: 2 },
    run(given, output) {
      const [area, level] = given.positionals
      if (area === undefined)
        return ask(given, output, { path: '/api/log-levels', use: response => levels(given, output, response) })
      const known = [...logAreas, 'all'].includes(area) && logLevels.some(each => each === level)
      if (!known) {
        const message = `AREA is all or one of ${logAreas.join(', ')}; LEVEL is one of ${logLevels.join(', ')}`
        tell(output, { kind: 'usage', message }, 'log-level')
        return Promise.resolve(2)
      }
      return ask(given, output, {
        ...{ method: 'PUT', path: `/api/log-levels/${area}`, body: { level } },
        use() {
          output.out(isJson(given) ? JSON.stringify({ area, level }) : `${area} logs ${level} until the server ends`)
          return Promise.resolve()
        },
      })
    },
  }
}

async function levels(given: Arguments, output: Output, response: Response): Promise<void> {
  const document = (await response.json()) as LogLevels
  output.out(isJson(given) ? JSON.stringify(document) : table(['AREA', 'LEVEL'], Object.entries(document), output.paint))
}

const isJson = ({ options }: Arguments): boolean => options['json'] === true
