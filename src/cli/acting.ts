import { agentUri } from '../routing/world/ids.js'
import { json, textOption, type Arguments, type Command, type ExitCode, type Output } from './command.js'
import { server, type Ask, type Asked } from './asking.js'

/** The commands that change something on a running server. The HTTP API says whether the user may. */
export function actingCommands(ask: Ask): readonly Command[] {
  return [
    signing(ask, 'sign-in', 'PUT', 'signs a formal agent in to a group'),
    signing(ask, 'sign-out', 'DELETE', 'signs a formal agent out of a group'),
    presenceCommand(ask),
    declineCommand(ask),
  ]
}

function signing(ask: Ask, name: string, method: 'PUT' | 'DELETE', summary: string): Command {
  return {
    name,
    usage: 'AGENT GROUP [--server URL] [--token TOKEN] [--json]',
    summary,
    options: { ...server, ...json },
    takes: { least: 2, most: 2 },
    run(given, output) {
      const [agent = '', group = ''] = given.positionals
      const use = (response: Response): Promise<void> => {
        const [, warning] = /"(.*)"/.exec(response.headers.get('warning') ?? '') ?? []
        if (warning !== undefined) output.err(`carillon: ${warning}`)
        const signedIn = method === 'PUT'
        return say(given, output, `${agent} is signed ${signedIn ? 'in to' : 'out of'} ${group}`, { agent, group, signedIn })
      }
      return ofAgent(ask, name, given, output, { method, path: `groups/${encodeURIComponent(group)}/sign-in`, use })
    },
  }
}

/** `carillon presence AGENT STATE`: what a person says about an agent, by the source `http`. */
function presenceCommand(ask: Ask): Command {
  return {
    name: 'presence',
    usage: 'AGENT STATE|none [--for DURATION] [--server URL] [--token TOKEN] [--json]',
    summary: "sets an agent's presence by the source http; none takes back what that source said",
    options: {
      for: { type: 'string', value: 'DURATION', says: 'how long it holds, such as 90m; default: until it is replaced' },
      ...server,
      ...json,
    },
    takes: { least: 2, most: 2 },
    run(given, output) {
      const [agent = '', state = ''] = given.positionals
      const expires = textOption(given, 'for')
      const said = { agent, state: state === 'none' ? null : state }
      const text = state === 'none' ? `${agent}: http says nothing any more` : `${agent}: http says ${state}`
      const use = (): Promise<void> => say(given, output, text, said)
      const asked: Asked =
        state === 'none'
          ? { method: 'DELETE', path: 'presence/http', use }
          : { method: 'PUT', path: 'presence', body: { state, ...(expires !== undefined && { expires }) }, use }
      return ofAgent(ask, 'presence', given, output, asked)
    },
  }
}

/** `carillon decline AGENT OFFER`: the call goes to the next agent, as after 486. */
function declineCommand(ask: Ask): Command {
  return {
    name: 'decline',
    usage: 'AGENT OFFER [--server URL] [--token TOKEN] [--json]',
    summary:
      "stops an agent's phone from ringing, and the call goes to the next agent; `carillon agents --json` shows the offers",
    options: { ...server, ...json },
    takes: { least: 2, most: 2 },
    run(given, output) {
      const [agent = '', offer = ''] = given.positionals
      const use = (): Promise<void> => say(given, output, `${offer} is declined for ${agent}`, { agent, offer, declined: true })
      return ofAgent(ask, 'decline', given, output, { method: 'DELETE', path: `offers/${encodeURIComponent(offer)}`, use })
    },
  }
}

/** Prints what was done: as text, or with `--json` as the document. */
function say(given: Arguments, output: Output, text: string, document: object): Promise<void> {
  output.out(given.options['json'] === true ? JSON.stringify(document) : text)
  return Promise.resolve()
}

/** `asked.path` continues the agent's own path. */
function ofAgent(ask: Ask, name: string, given: Arguments, output: Output, asked: Asked): Promise<ExitCode> {
  const [agent = ''] = given.positionals
  const uri = agentUri(agent)
  if (uri.ok) return ask(given, output, { ...asked, path: `/api/agents/${encodeURIComponent(agent)}/${asked.path}` })
  output.err(`carillon ${name}: ${uri.fault}`)
  return Promise.resolve(2)
}
