import { comments, listFile, sectionText, type Entry } from './yaml-files.js'

/** The parts of an imported site, whatever product it comes from. */
export interface SiteParts {
  readonly agents: readonly Entry[]
  readonly groups: readonly Entry[]
  readonly queues: readonly Entry[]
  readonly workflows: readonly Entry[]
  readonly hours: readonly Entry[]
  readonly holidays: readonly Entry[]
  /** The files of distribution lists, each with the address that the list had. */
  readonly lists: readonly { readonly file: string; readonly was: string }[]
  /** The managers of workflows, as users. */
  readonly managers: readonly { readonly user: string; readonly uri: string; readonly workflows: readonly string[] }[]
}

/** The server, as far as an import knows it. */
export interface ServerParts {
  readonly domain: string
  /** The address of the PBX, and its SIP URI. Undefined: the admin must name it. */
  readonly pbx: { readonly address: string; readonly uri: string } | undefined
}

/** The files of the config folder, by name. Sounds are written elsewhere. `from` is the product, such as `Lync`. */
export function siteFiles(from: string, parts: SiteParts, server: ServerParts): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['carillon.yaml', serverText(from, server)],
    ['agents.yaml', listFile([`The people who take calls. Imported from ${from}.`, agentHint], 'agents', parts.agents)],
    ['groups.yaml', listFile([`Agents who share calls. Imported from ${from}.`], 'groups', parts.groups)],
    ['queues.yaml', listFile([`Where calls wait. Imported from ${from}.`], 'queues', parts.queues)],
    ['workflows.yaml', listFile([`What each dialled number does. Imported from ${from}.`], 'workflows', parts.workflows)],
    ['users.yaml', usersText(parts.managers)],
  ])
  if (parts.hours.length > 0)
    files.set('hours.yaml', listFile([`Opening hours that workflows share. Imported from ${from}.`], 'hours', parts.hours))
  if (parts.holidays.length > 0)
    files.set('holidays.yaml', listFile([`Sets of holidays. Imported from ${from}.`], 'holidays', parts.holidays))
  for (const { file, was } of parts.lists)
    files.set(file, comments([`The members of ${was}, one SIP URI a line. Each must also be in agents.yaml.`], 0))
  return files
}

const agentHint = 'Without a contact, an agent is called through sip.outboundProxy. A phone that registers here needs a password.'

function serverText(from: string, { domain, pbx }: ServerParts): string {
  const head = comments([`The server. Imported from ${from}. docs/reference/config.md has every key.`], 0)
  const fields = { domain, trustedPeers: pbx ? [pbx.address] : [], ...(pbx && { outboundProxy: pbx.uri }) }
  const remarks = {
    trustedPeers: pbx
      ? 'The PBX or SBC: it calls without a password.'
      : 'TODO: the IP address of the PBX or SBC that sends calls, and sip.outboundProxy: its SIP URI.',
    outboundProxy: 'Agents without a contact, voicemail and outside numbers are reached through it.',
  }
  return `${head}${sectionText('sip', fields, remarks)}`
}

/** Managers are written as comments. A user without a password could not log in, and HTTP needs a log-in as soon as there is a user. */
function usersText(managers: SiteParts['managers']): string {
  const quoted = (value: unknown): string => JSON.stringify(value)
  const lines = [
    'Who may use the console and the HTTP API. Without a user, everybody on this machine may do everything, and nobody else anything.',
    '`carillon hash-password --user NAME` prints the hash of a password. Make an admin first.',
    'users:',
    "  - { name: admin, password: 'scrypt:…', role: admin }",
    ...managers.map(
      ({ user, workflows }) =>
        `  - { name: ${quoted(user)}, password: 'scrypt:…', role: manager, workflows: ${quoted(workflows)} }`,
    ),
  ]
  return lines.map(line => `# ${line}\n`).join('')
}
