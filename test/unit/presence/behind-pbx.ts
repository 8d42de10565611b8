import { PresenceBoard } from '../../../src/presence/board.js'
import { SipPresence } from '../../../src/presence/sources/sip-presence.js'
import { later, seconds } from '../../../src/foundation/time.js'
import type { InviteOptions, OutboundCall, OutboundCallListener, Target } from '../../../src/legs/invitation.js'
import type { PresenceState } from '../../../src/presence/port.js'
import type { AgentUri } from '../../../src/routing/world/ids.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeExtension } from '../../fakes/extension.js'
import type { PbxDialect } from '../../fakes/pbx-documents.js'
import { FakePresenceSignaling, presenceSettings } from '../../fakes/presence-signaling.js'
import { FakeSignaling, type FakeInbound, type FakePhone } from '../../fakes/signaling.js'
import { Shell } from '../calls/shell.js'
import { agentOf, world } from '../routing/build.js'

/** INVITEs go to the extension's phone. The PBX learns of each call from these messages. */
class SignalingToPbx extends FakeSignaling {
  extension: FakeExtension | undefined

  override invite(target: Target, options: InviteOptions, listener: OutboundCallListener): OutboundCall {
    const call = super.invite(target, options, listener)
    this.extension?.call(call.sipCallId, 'rings')
    return {
      sipCallId: call.sipCallId,
      cancel: reason => {
        call.cancel(reason)
        this.extension?.hangUp(call.sipCallId)
      },
      kept: () => call.kept(),
    }
  }
}

/** The core, the shell and presence over SIP. alice's phone is behind a PBX that publishes her state by subscriptions. */
export class BehindPbx {
  readonly clock = new FakeClock()
  readonly signaling = new SignalingToPbx()
  readonly shell: Shell
  readonly extension: FakeExtension
  readonly board: PresenceBoard
  /** What routing was told about alice. */
  readonly told: PresenceState[] = []
  readonly #talking: FakePhone[] = []
  readonly #presence: SipPresence
  readonly callers: FakeInbound[] = []

  constructor(dialect: PbxDialect, delay: () => number) {
    const { clock, signaling } = this
    const alice = agentOf('alice')
    const settings = presenceSettings(new Map<AgentUri, ['subscribe']>([[alice, ['subscribe']]]))
    const subscriptions = new FakePresenceSignaling(clock)
    this.board = new PresenceBoard({
      settings,
      clock,
      changed: (agent, presence) => {
        this.told.push(presence.state)
        this.shell.calls.engine.post({ kind: 'presenceChanged', agent, presence })
      },
      counted: () => undefined,
    })
    this.#presence = new SipPresence({
      settings,
      board: this.board,
      signaling: subscriptions,
      clock,
      unreadable: () => undefined,
    })
    const routing = world()
      .agent('alice', { alwaysAvailable: false })
      .group('support', 'serial', ['alice'])
      .queue('support', ['support'])
      .settings()
    this.shell = new Shell(routing, undefined, { clock, signaling, readers: [this.#presence.reader] })
    this.board.announce()
    this.#presence.start()
    clock.pass(200)
    const until = (): ReturnType<FakeClock['now']> => later(clock.now(), seconds(36_000))
    this.extension = new FakeExtension({
      ...{ entity: alice, dialect, clock, delay },
      tell: (event, document) => {
        for (const each of subscriptions.subscriptions)
          if (each.event === event) each.listener.notified({ document, until: until(), pending: false })
      },
    })
    signaling.extension = this.extension
    clock.pass(delay() + 1)
    this.told.length = 0
  }

  /** The INVITEs that alice's phone received. */
  get invites(): number {
    return this.signaling.phones.length
  }

  get rings(): boolean {
    return this.signaling.ringing().length > 0
  }

  dial(): void {
    this.callers.push(this.shell.dial('support'))
  }

  answer(): void {
    const [phone] = this.signaling.ringing()
    if (!phone) return
    phone.answer()
    this.extension.call(phone.sipCallId, 'talks')
    this.#talking.push(phone)
    for (const caller of this.callers) caller.leg?.confirm()
    this.tidy()
  }

  refuse(status: number): void {
    const [phone] = this.signaling.ringing()
    if (!phone) return
    this.extension.hangUp(phone.sipCallId)
    phone.refuse(status)
  }

  /** The agent hangs up the current call. */
  agentHangsUp(): void {
    for (const phone of this.#talking) phone.leg?.end({ kind: 'hungUp' })
    this.tidy()
  }

  /** The first caller leaves. */
  callerLeaves(): void {
    const caller = this.callers.find(({ over }) => !over)
    if (caller?.leg) caller.leg.end({ kind: 'hungUp' })
    else caller?.cancel()
    this.tidy()
  }

  /** Calls that we hung up also end at the PBX. */
  tidy(): void {
    for (const phone of this.#talking) if (phone.leg?.ended) this.extension.hangUp(phone.sipCallId)
  }

  /** The outcomes of the offers. */
  ends(): string[] {
    return this.shell.facts('offerEnded').map(({ why }) => why)
  }
}
