import { agentUri } from '../routing/world/ids.js'
import { json, textOption, type Arguments, type Command } from './command.js'
import { tell, type ExitCode, type Output } from './output.js'
import { server, type Ask, type Asked } from './asking.js'

/** The commands that change something on a running server. The HTTP API decides whether the user may do it. */
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
      const [, group = ''] = given.positionals
      const use = (agent: string, response: Response): Promise<void> => {
        const [, warning] = /"(.*)"/.exec(response.headers.get('warning') ?? '') ?? []
        if (warning !== undefined) tell(output, { level: 'warning', kind: 'server', message: warning })
        const signedIn = method === 'PUT'
        const isAsBefore = response.headers.get('carillon-unchanged') === 'true'
        const said = `${agent} ${isAsBefore ? 'was' : 'is'} signed ${signedIn ? 'in to' : 'out of'} ${group}${isAsBefore ? ' already' : ''}`
        return say(given, output, said, { agent, group, signedIn })
      }
      const path = `groups/${encodeURIComponent(group)}/sign-in`
      return ofAgent(ask, name, given, output, agent => ({ method, path, use: response => use(agent, response) }))
    },
  }
}

/** `carillon presence AGENT STATE`: sets what a person says about an agent, as the presence source `http`. */
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
      const [, state = ''] = given.positionals
      const expires = textOption(given, 'for')
      const text = state === 'none' ? 'http says nothing any more' : `http says ${state}`
      return ofAgent(ask, 'presence', given, output, agent => {
        const said = { agent, state: state === 'none' ? null : state }
        const use = (): Promise<void> => say(given, output, `${agent}: ${text}`, said)
        return state === 'none'
          ? { method: 'DELETE', path: 'presence/http', use }
          : { method: 'PUT', path: 'presence', body: { state, ...(expires !== undefined && { expires }) }, use }
      })
    },
  }
}

/** `carillon decline AGENT [OFFER]`: declines a ringing call, which goes to the next agent, as after 486. */
function declineCommand(ask: Ask): Command {
  return {
    name: 'decline',
    usage: 'AGENT [OFFER] [--server URL] [--token TOKEN] [--json]',
    summary: "stops an agent's phone from ringing, and the call goes to the next agent; OFFER is needed if several calls ring",
    options: { ...server, ...json },
    takes: { least: 1, most: 2 },
    run(given, output) {
      const [, offer] = given.positionals
      const declining = (agent: string, one: string): Asked => ({
        method: 'DELETE',
        path: `offers/${encodeURIComponent(one)}`,
        use: () => say(given, output, `${one} is declined for ${agent}`, { agent, offer: one, declined: true }),
      })
      if (offer !== undefined) return ofAgent(ask, 'decline', given, output, agent => declining(agent, offer))
      return declineOnly(ask, given, output, declining)
    },
  }
}

/** Declines the ringing call of an agent, if there is exactly one. */
async function declineOnly(
  ask: Ask,
  given: Arguments,
  output: Output,
  declining: (agent: string, offer: string) => Asked,
): Promise<ExitCode> {
  let offers: readonly string[] = []
  const code = await ofAgent(ask, 'decline', given, output, () => ({
    path: '',
    async use(response) {
      offers = ((await response.json()) as { readonly offers: readonly string[] }).offers
    },
  }))
  const [only, ...others] = offers
  if (code !== 0) return code
  if (only !== undefined && others.length === 0) return ofAgent(ask, 'decline', given, output, agent => declining(agent, only))
  const message = only === undefined ? 'nothing rings' : `several calls ring: OFFER is one of ${offers.join(', ')}`
  tell(output, { kind: 'failed', message }, 'decline')
  return 1
}

/** Prints what was done: as text, or with `--json` as the document. */
function say(given: Arguments, output: Output, text: string, document: object): Promise<void> {
  output.out(given.options['json'] === true ? JSON.stringify(document) : text)
  return Promise.resolve()
}

/**
 * Sends a request about an agent. The path of `about` is relative to the agent's own path. A name without a domain is looked up among the
 * agents.
 */
async function ofAgent(
  ask: Ask,
  command: string,
  given: Arguments,
  output: Output,
  about: (agent: string) => Asked,
): Promise<ExitCode> {
  const [name = ''] = given.positionals
  const at = (agent: string): Promise<ExitCode> => {
    const { path, ...asked } = about(agent)
    return ask(given, output, { ...asked, path: `/api/agents/${encodeURIComponent(agent)}${path === '' ? '' : `/${path}`}` })
  }
  const uri = agentUri(name)
  if (uri.ok) return at(name)
  if (!/^[^\s@:/]+$/.test(name)) {
    tell(output, { kind: 'usage', message: uri.fault }, command)
    return 2
  }
  const found: string[] = []
  const code = await ask(given, output, {
    path: '/api/agents',
    async use(response) {
      const agents = (await response.json()) as readonly { readonly uri: string }[]
      found.push(...agents.flatMap(each => (userOf(each.uri) === name ? [each.uri] : [])))
    },
  })
  const [agent, ...others] = found
  if (code !== 0) return code
  if (agent !== undefined && others.length === 0) return at(agent)
  const why = agent === undefined ? `there is no agent '${name}'` : `'${name}' may be ${found.join(' or ')}`
  tell(output, { kind: 'failed', message: why }, command)
  return 1
}

const userOf = (uri: string): string | undefined => uri.replace(/^sips?:/, '').split('@', 1)[0]
