import type { Answers, InitialAgent } from './init-answers.js'

/** The files of a new config folder, by name. */
export function initialFiles(answers: Answers): ReadonlyMap<string, string> {
  return new Map([
    ['carillon.yaml', serverFile(answers)],
    ['agents.yaml', agentsFile(answers)],
    ['groups.yaml', groupsFile(answers)],
    ['queues.yaml', queuesFile(answers)],
    ['workflows.yaml', workflowsFile(answers)],
    ['users.yaml', usersFile],
  ])
}

/** A value as JSON. JSON is YAML, so every text is safe in this form. */
const quoted = (value: unknown): string => JSON.stringify(value)

const serverFile = ({
  domain,
  pbx,
  listen,
  http,
  store,
}: Answers): string => `# The server. docs/reference/config.md has every key.
# \`carillon check DIR\` lists errors. The running server reads a changed file at once; its log names keys that wait for a restart.
sip:
  listen: ${quoted(listen)}
  domain: ${quoted(domain)}
  # The PBX or SBC: it calls without a password. Everybody else needs an agent's password.
  trustedPeers: ${quoted([pbx.address])}
  # Agents without a contact, voicemail and outside numbers are reached through it.
  outboundProxy: ${quoted(pbx.uri)}
http:
  # Console, API, health and metrics. Name users in users.yaml before other machines may reach it.
  listen: ${quoted(http)}
media:
  # Carillon plays prompts and music. Callers' phones must reach these UDP ports.
  engine: builtin
  ports: 20000-29999
store: ${quoted(`sqlite:${store}`)}
records: { keep: 90d }
`

const agentsFile = ({
  domain,
  agents,
}: Answers): string => `# The people who take calls. Without a \`contact\`, an agent is called through sip.outboundProxy.
# For a phone that registers here, add what this prints: carillon hash-password --user ${agents[0]?.user ?? 'alice'} --realm ${domain}
agents:
${agents.map(agent => `  - ${agentEntry(agent, domain)}\n`).join('')}`

function agentEntry({ user, contact }: InitialAgent, domain: string): string {
  const uri = quoted(uriOf(user, domain))
  return `{ uri: ${uri}, name: ${quoted(user)}${contact === undefined ? '' : `, contact: ${quoted(contact)}`} }`
}

const groupsFile = ({ group, method, domain, agents }: Answers): string => `# Agents who share calls.
groups:
  - name: ${quoted(group)}
    # longestIdle, parallel, roundRobin, serial or attendant.
    routingMethod: ${method}
    # How long a phone rings before the next one does.
    agentAlertTime: 20s
    agents: ${quoted(agents.map(({ user }) => uriOf(user, domain)))}
`

const queuesFile = ({ group }: Answers): string => `# Where calls wait, first in, first out.
queues:
  - name: ${quoted(group)}
    groups: ${quoted([group])}
    timeout:
      after: 10m
      action: { disconnect: true, prompt: { say: 'Nobody is free. Please call again later.' } }
`

const workflowsFile = ({
  group,
  domain,
  number,
}: Answers): string => `# What a dialled number does. The PBX may send the uri${number === '' ? '' : ' or the number'}.
workflows:
  - name: ${quoted(group)}
    uri: ${quoted(uriOf(group, domain))}
${number === '' ? '' : `    number: ${quoted(number)}\n`}    displayName: ${quoted(group)}
    type: huntGroup
    # Callers hear music until an agent answers. With \`answer: onAgent\` they hear ringback.
    queue: ${quoted(group)}
`

const usersFile = `# Who may use the console and the HTTP API. Without a user, everybody on this machine may do everything, and nobody else anything.
# \`carillon hash-password --user ann\` prints the hash of a password, \`carillon make-token\` a token and its hash.
# users:
#   - { name: ann, password: 'scrypt:…', role: admin }
`

const uriOf = (user: string, domain: string): string => `sip:${user}@${domain.includes(':') ? `[${domain}]` : domain}`
