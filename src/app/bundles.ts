import { makeBundleAside } from '../bundle/make-aside.js'
import type { PlanView } from '../config/plan-view.js'
import type { Settings } from '../config/settings.js'
import { systemClock as clock, wallNow } from '../foundation/clock.js'
import type { LiveServer } from '../http/live-server.js'
import { withoutDialogNames } from '../observability/dialog-names.js'
import type { OwnAddress } from '../observability/pcap.js'
import type { CallMessage } from '../signaling/port.js'
import type { CallId } from '../routing/index.js'
import { version } from './version.js'

interface BundleParts {
  readonly settings: () => Settings
  readonly view: () => PlanView
  readonly messagesOf: (call: CallId) => Promise<readonly CallMessage[] | undefined>
  readonly ownAddress: () => OwnAddress
  /** Resolves when the journal's lines so far are on the disk. */
  readonly flushJournal: () => Promise<void>
}

/** Settings of the server that may matter to a call, and that name nobody and no place. */
const openSettings = (
  'sip.capture sip.maxCalls sip.callers.perAccount sip.callers.perAddress sip.callers.keptForPeers sip.overload.refuse sip.digest ' +
  'media.engine media.ports media.noMediaAfter media.anchor media.browsers.perAccount media.browsers.perAddress log.callers records.keep ' +
  'presence.subscribe.events presence.subscribe.expires presence.subscribe.perSecond'
).split(' ')

/** Makes bundles for bug reports. */
export function openBundles({ settings, view, messagesOf, ownAddress, flushJournal }: BundleParts): LiveServer['bundle'] {
  return async (call, { document, arrivedAt, endedAt }) => {
    const { journal, routing, sip, store, cluster } = settings()
    const messages = await messagesOf(call)
    await flushJournal()
    const { server } = view()
    return makeBundleAside({
      ...{ call, arrivedAt, ...(endedAt !== undefined && { endedAt }), now: wallNow(clock), journalFolder: journal.folder },
      ...{ messages: messages && (await withoutDialogNames(messages)), wallOffset: clock.wallOffset(), own: ownAddress() },
      ...{ document, routing, server: Object.fromEntries(openSettings.map(key => [key, server[key] ?? ''])) },
      versions: {
        ...{ carillon: version, node: process.version, platform: process.platform, arch: process.arch },
        ...{ sip: sip.drachtio ? 'drachtio' : 'embedded', transports: sip.listen.map(({ transport }) => transport).join(' ') },
        ...{ store: store.kind, cluster: String(cluster !== undefined) },
      },
    })
  }
}
