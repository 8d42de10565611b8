import type { VNode } from 'preact'
import { signInOrOut } from '../../api/client.js'
import { mayEdit, mayEditAll, powersOver, seesAudit, seesOverview, session } from '../../api/session.js'
import { useMessages } from '../../language/language.js'
import { world } from '../../live/live.js'
import type { Place } from '../../router.js'
import { useStore } from '../../store.js'
import { userOf } from '../../format.js'
import { standingLooks } from '../../ui/activity.js'
import { standingOf, type LiveWorld } from '../../live/world.js'
import type { Group } from '../../api/documents.js'
import { later } from '../../ui/later.js'
import { NoneLive } from '../../ui/not-read.js'
import { useChange } from '../../ui/change.js'
import { Card, Heads, Mark, PresenceMark, Refusal, Switch } from '../../ui/parts.js'
import { NumbersCards } from './numbers.js'

const ServerSection = later(async () => (await import('./server-section.js')).ServerSection)
const SetupSection = later(async () => (await import('../setup/setup.js')).SetupSection)
const ReportCard = later(async () => (await import('../reports/report.js')).ReportCard)
const WebhookCards = later(async () => (await import('./webhooks.js')).WebhookCards)
const AuditCard = later(async () => (await import('./audit.js')).AuditCard)

const sections = ['groups', 'numbers', 'setup', 'server', 'reports', 'audit', 'webhooks'] as const
type Section = (typeof sections)[number]

/** Groups with their agents, numbers and queues, the server's config, reports, and who changed what. */
export function GroupsPage({ at }: { readonly at: Place }): VNode {
  const { groups: words } = useMessages()
  const who = useStore(session)
  const asked = at.query.get('show')
  const shown = sections.filter(name => {
    if (name === 'groups') return true
    if (name === 'audit') return seesAudit(who)
    if (name === 'webhooks') return mayEditAll(who)
    return name === 'setup' ? mayEdit(who) : seesOverview(who)
  })
  const section = shown.find(name => name === asked) ?? 'groups'
  return (
    <div class="groups">
      <h1>{words.title}</h1>
      {shown.length > 1 && (
        <nav class="tabs" aria-label={words.title}>
          {shown.map(name => (
            <a key={name} href={`/groups?show=${name}`} aria-current={name === section ? 'page' : undefined}>
              {words.sections[name]}
            </a>
          ))}
        </nav>
      )}
      <SectionOf section={section} at={at} />
    </div>
  )
}

function SectionOf({ section, at }: { readonly section: Section; readonly at: Place }): VNode {
  switch (section) {
    case 'groups':
      return <GroupCards />
    case 'numbers':
      return <NumbersCards />
    case 'server':
      return <ServerSection />
    case 'setup':
      return <SetupSection at={at} />
    case 'reports':
      return <ReportCard at={at} />
    case 'audit':
      return <AuditCard at={at} />
    case 'webhooks':
      return <WebhookCards />
  }
}

function GroupCards(): VNode {
  const { groups: words } = useMessages()
  const live = useStore(world)
  if (live.groups.size === 0) return <NoneLive>{words.noGroups}</NoneLive>
  return (
    <div class="columns">
      {[...live.groups.values()].map(group => (
        <GroupCard key={group.name} group={group} live={live} />
      ))}
    </div>
  )
}

function GroupCard({ group, live }: { readonly group: Group; readonly live: LiveWorld }): VNode {
  const { groups: words, methods, policies, desk } = useMessages()
  const { asking, refused, ask } = useChange()
  const { name, description, routingMethod, participationPolicy, agentAlertTime, agents } = group
  const isFormal = participationPolicy === 'formal'
  const signIn = isFormal
    ? { asking, sign: (uri: string, on: boolean): void => ask(() => signInOrOut(uri, name, on)) }
    : undefined
  return (
    <Card title={name} icon="groups" aside={<span class="count">{words.agents(agents.length)}</span>}>
      <p class="hint">
        {description !== null && <>{description} · </>}
        {methods[routingMethod]} · {policies[participationPolicy]} · {words.rings(`${agentAlertTime} s`)}
      </p>
      <table class="stacked">
        <Heads words={[words.agent, words.presence, words.activity, ...(isFormal ? [desk.takesPart] : [])]} />
        <tbody>
          {agents.map(uri => (
            <AgentRow key={uri} uri={uri} group={name} live={live} signIn={signIn} />
          ))}
        </tbody>
      </table>
      <Refusal words={refused} />
    </Card>
  )
}

interface AgentRowProps {
  readonly uri: string
  readonly group: string
  readonly live: LiveWorld
  /** Absent: agents of this group need not sign in. */
  readonly signIn: { readonly asking: boolean; readonly sign: (uri: string, on: boolean) => void } | undefined
}

function AgentRow({ uri, group, live, signIn }: AgentRowProps): VNode {
  const { groups: words, activities, exclusions, desk } = useMessages()
  const who = useStore(session)
  const agent = live.agents.get(uri)
  const membership = agent?.groups.find(({ name }) => name === group)
  if (!agent || !membership)
    return (
      <tr>
        <th scope="row">{userOf(uri)}</th>
        <td />
        <td>{exclusions.unreachable}</td>
        {signIn && <td />}
      </tr>
    )
  const standing = standingOf(agent, [group])
  const { tone, icon } = standingLooks[standing]
  const what =
    agent.activity === 'free' && membership.excluded !== null ? exclusions[membership.excluded] : activities[agent.activity]
  const name = agent.name ?? userOf(uri)
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-name={words.presence} title={agent.presence.because}>
        <PresenceMark state={agent.presence.state} />
      </td>
      <td data-name={words.activity}>
        <Mark tone={tone} icon={icon}>
          {what}
        </Mark>
      </td>
      {signIn && (
        <td data-name={desk.takesPart}>
          <Switch
            label={words.signInOf(name, group)}
            on={membership.signedIn}
            disabled={signIn.asking || !powersOver(uri, who).steer}
            change={on => signIn.sign(uri, on)}
          />
        </td>
      )}
    </tr>
  )
}
