import { isIPv4, isIPv6 } from 'node:net'
import { speechOf } from '../media/engine.js'
import { SpokenTexts } from '../media/prompts/spoken.js'
import { EditHistory } from '../config/edit/history.js'
import { planView, type PlanView } from '../config/plan-view.js'
import type { Settings } from '../config/settings.js'
import { supervisionDefaults } from '../config/call-settings.js'
import { systemClock as clock, toWall, type Timer } from '../foundation/clock.js'
import { instant, millis, moveMoments, seconds, type Millis } from '../foundation/time.js'
import type { Health, LiveServer } from '../http/live-server.js'
import { explainDocument, explainText } from '../observability/explain.js'
import { withoutDialogNames } from '../observability/dialog-names.js'
import { ladderOf, ladderText } from '../observability/ladder.js'
import { pcapOf, type OwnAddress } from '../observability/pcap.js'
import type { Logger } from '../observability/logger.js'
import type { Metrics } from '../observability/metrics.js'
import { waitingCalls } from '../routing/index.js'
import type { Store } from '../store/port.js'
import { openBundles } from './bundles.js'
import { ConfigEditing } from './editing.js'
import type { LiveConfig } from './live-config.js'
import type { Observers } from './observers.js'
import type { Leadership } from './standby.js'
import type { Telephony } from './telephony.js'

/** The parts of the server that HTTP reaches. */
interface DoorParts {
  /** The config folder. */
  readonly folder: string
  readonly telephony: Pick<Telephony, 'calls' | 'media' | 'presence' | 'signaling' | 'listening'>
  readonly metrics: Metrics
  readonly observers: Pick<Observers, 'views' | 'callers' | 'legs' | 'onRecord' | 'webhooks'>
  readonly storage: { readonly store: Store; readonly journal: { flush(): Promise<void> } }
  readonly config: Pick<LiveConfig, 'settings' | 'check' | 'reload'>
  readonly logger: Pick<Logger, 'area' | 'levels' | 'setLevel'>
  readonly self: {
    health(): Health
    /** Absent: this server is alone. */
    readonly leadership?: Leadership
  }
}

/** A sign-in is confirmed after this time even if it is not on the disk yet. */
const longestConfirm = seconds(2)
/** Within this time the answer to a request is sent. */
const answered = millis(50)

/** Returns a function that makes the view of a config only once. */
function viewsOf(folder: string): (settings: Settings) => PlanView {
  const views = new WeakMap<Settings, PlanView>()
  return settings => {
    const view = views.get(settings) ?? planView(settings, folder)
    views.set(settings, view)
    return view
  }
}

/** The running config and the calls that wait, for plans. */
function basisOf({ folder, config, telephony }: DoorParts): LiveServer['planBasis'] {
  const viewOf = viewsOf(folder)
  return () => ({ view: viewOf(config.settings), waiting: waitingCalls(telephony.calls.engine.world, clock.now()) })
}

/** Our side of captured messages. If the config names no address of ours, one for documentation stands for it (RFC 5737, RFC 3849). */
function ownAddress({ sip: { listen, advertise = '' } }: Settings): OwnAddress {
  const named = [advertise, ...listen.map(({ host }) => host)].filter(host => host !== '0.0.0.0' && host !== '::')
  return {
    v4: named.find(isIPv4) ?? '192.0.2.1',
    v6: named.find(isIPv6) ?? '2001:db8::1',
    ports: new Map(listen.map(({ transport, port }) => [transport, port])),
  }
}

/** Looks up templates by workflow. The names are read once for each config. */
function screenPopsOf({ config }: DoorParts): LiveServer['screenPop'] {
  const known = new WeakMap<Settings, ReadonlyMap<string, string | undefined>>()
  return workflow => {
    const { settings } = config
    const templates = known.get(settings) ?? new Map(settings.calls.workflows.map(({ name, screenPop }) => [name, screenPop]))
    known.set(settings, templates)
    return templates.get(workflow)
  }
}

const laddersOf =
  ({ telephony: { signaling }, config }: DoorParts): LiveServer['ladder'] =>
  async (call, arrivedAt, withDialogNames) => {
    const messages = await signaling.messagesOf(call)
    const shown = withDialogNames ? messages : messages && (await withoutDialogNames(messages))
    const ladder = ladderOf(call, arrivedAt, shown, at => toWall(clock, at))
    return {
      document: () => ladder,
      text: () => ladderText(ladder),
      pcap: () => pcapOf(ladder, ownAddress(config.settings)),
    }
  }

function bundlesOf(parts: DoorParts): LiveServer['bundle'] {
  const { config, telephony, storage, folder } = parts
  return openBundles({
    settings: () => config.settings,
    view: () => planView(config.settings, folder),
    messagesOf: call => telephony.signaling.messagesOf(call),
    ownAddress: () => ownAddress(config.settings),
    flushJournal: () => storage.journal.flush(),
  })
}

/** The node leaves after this answer. */
function leave(leadership: Leadership | undefined): ReturnType<LiveServer['leaveCluster']> {
  if (!leadership) return { kind: 'refused', because: 'this server is not a node of a cluster' }
  const to = leadership.others()
  if (to.length === 0) return { kind: 'refused', because: 'no other node stands by, so nobody would go on with the calls' }
  clock.after(answered, () => leadership.leave())
  return { kind: 'leaves', node: leadership.node, to }
}

/** Everything that HTTP may read and ask for. */
export function openDoor(parts: DoorParts): LiveServer {
  const { metrics } = parts
  const { store } = parts.storage
  const { calls, presence, signaling } = parts.telephony
  const { views, callers, legs, onRecord } = parts.observers
  return {
    world: () => calls.engine.world,
    routing: () => parts.config.settings.routing,
    now: () => clock.now(),
    wall: at => toWall(clock, instant(at)),
    statements: agent => presence.board.statements(agent),
    shownPresence: agent => presence.board.shown(agent),
    groupDescription: name => parts.config.settings.groups.find(group => group.name === name)?.description,
    health: () => parts.self.health(),
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
    setPresence: (agent, source, state, expiresAfter) => {
      const outcome = presence.chosen[source].set(agent, state, expiresAfter)
      return outcome.ok ? { kind: 'done' } : { kind: 'refused', because: outcome.fault }
    },
    maySetPresence: (agent, source) => presence.board.refusal(agent, source) === undefined,
    clearPresence: (agent, source) => presence.chosen[source].clear(agent),
    signIn: (agent, group) => calls.signIn(agent, group),
    signOut: (agent, group) => calls.signOut(agent, group),
    signInsAreSaved: () => within(longestConfirm, store.kept()),
    ...actsOf(calls),
    issuePhone: (agent, hostname, holder) => issuePhone(parts, agent, hostname, holder),
    revokeLostPhones: (mayHold, holders) => signaling.revokeLostPhones(mayHold, holders),
    caller: call => callers.byCall.get(call),
    screenPop: screenPopsOf(parts),
    callsBySipCallId: sipCallId => legs.callsBySipCallId(sipCallId),
    phoneServer: hostname => phoneServer(parts, hostname),
    explain: call => {
      const told = views.story(call)
      if (!told) return undefined
      const story = () => moveMoments(told, clock.wallOffset())
      return { document: () => explainDocument(story()), text: () => explainText(story()) }
    },
    ladder: laddersOf(parts),
    bundle: bundlesOf(parts),
    records: (filter, reader) => store.records(filter, reader),
    record: (call, reader) => store.record(call, reader),
    onRecord: listener => onRecord(listener),
    saveAudit: entry => store.saveAudit(entry),
    audit: (filter, reader) => store.audit(filter, reader),
    planBasis: basisOf(parts),
    configCheck: () => parts.config.check,
    logLevels: () => parts.logger.levels,
    setLogLevel: (area, level) => parts.logger.setLevel(area, level),
    registeredPhones: () => signaling.phones().map(phone => ({ ...phone, expires: toWall(clock, phone.expires) })),
    reloadConfig: () => parts.config.reload(),
    leaveCluster: () => leave(parts.self.leadership),
    ...soundDoor(parts),
    webhooks: parts.observers.webhooks,
    editing: openEditing(parts),
    subscribe: listener => views.subscribe(listener),
  }
}

/** What agents do with their calls, their wrap-up and their pause. */
const actsOf = (
  calls: Telephony['calls'],
): Pick<LiveServer, 'endWrapUp' | 'resume' | 'pick' | 'decline' | 'consult' | 'completeConsultation' | 'takeBack'> => ({
  endWrapUp: agent => calls.endWrapUp(agent),
  resume: agent => calls.resume(agent),
  pick: (call, agent) => calls.pick(call, agent),
  decline: offer => calls.decline(offer),
  consult: (agent, call, to) => calls.consult(agent, call, to),
  completeConsultation: (agent, call) => calls.completeConsultation(agent, call),
  takeBack: (agent, call) => calls.takeBack(agent, call),
})

/** Recordings and supervision of calls, and spoken words. */
type SoundDoor = Pick<
  LiveServer,
  'recordings' | 'recordingsOfAgents' | 'setRecording' | 'supervise' | 'stopSupervising' | 'supervisionIsShown' | 'speak'
>

function soundDoor(parts: DoorParts): SoundDoor {
  const { telephony, config } = parts
  const { calls, media } = telephony
  return {
    recordings: media.recordings,
    recordingsOfAgents: () => config.settings.recordings.agents,
    setRecording: (call, wanted, isSupervisor) => calls.setRecording(call, wanted, isSupervisor),
    supervise: (call, who, mode) => calls.supervise(call, who, mode),
    stopSupervising: (call, agent) => calls.stopSupervising(call, agent),
    supervisionIsShown: () => config.settings.calls.supervision?.shown ?? supervisionDefaults.shown,
    speak: openSpeech(parts),
  }
}

function openSpeech({ config }: DoorParts): LiveServer['speak'] {
  const spoken = new SpokenTexts(clock, speechOf(config.settings.media))
  return (text, language, who) => spoken.speak(text, language, who)
}

function openEditing(parts: DoorParts): ConfigEditing {
  const { folder, config, logger } = parts
  const log = logger.area('config')
  return new ConfigEditing({
    ...{ folder, clock, log, basis: basisOf(parts), history: new EditHistory(config.settings.edits.history, log) },
    settings: () => config.settings,
    reload: () => config.reload(),
  })
}

function issuePhone(
  parts: DoorParts,
  ...[agent, hostname, holder]: Parameters<LiveServer['issuePhone']>
): ReturnType<LiveServer['issuePhone']> {
  const server = phoneServer(parts, hostname)
  if (server === undefined)
    return {
      kind: 'refused',
      because: parts.config.settings.sip.drachtio ? 'no sip.webSocket.url' : 'no ws:// or wss:// in sip.listen',
    }
  const issued = parts.telephony.signaling.issuePhone(agent, holder)
  if (!issued) return { kind: 'full' }
  return { kind: 'issued', phone: { ...issued, expires: toWall(clock, issued.expires), server } }
}

/**
 * The address to which a browser's phone connects. An address for all interfaces (0.0.0.0) is replaced by our host name, because
 * others can't use it.
 */
function phoneServer(parts: DoorParts, hostname: string): string | undefined {
  const { webSocketUrl, drachtio, advertise } = parts.config.settings.sip
  if (webSocketUrl !== undefined || drachtio) return webSocketUrl
  const name = advertise ?? hostname
  const first = parts.telephony.listening.find(address => /^wss?:/.test(address))
  return first?.replace(/\/\/(?:0\.0\.0\.0|\[::\])/, `//${name.includes(':') ? `[${name.replace(/[[\]]/g, '')}]` : name}`)
}

/** Resolves with the outcome, or with false if it takes longer than `span`. */
async function within(span: Millis, outcome: Promise<boolean>): Promise<boolean> {
  let bound: Timer | undefined
  const late = new Promise<false>(resolve => (bound = clock.after(span, () => resolve(false))))
  const first = await Promise.race([outcome, late])
  bound?.cancel()
  return first
}
