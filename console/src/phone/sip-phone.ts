import type { Invitation, Inviter, Registerer, UserAgent } from 'sip.js'
import type { IncomingResponse } from 'sip.js/lib/core'
import { post } from '../api/client.js'
import type { IssuedPhone } from '../api/documents.js'
import { after, now } from '../clock.js'
import { Store } from '../store.js'
import { answerableChallenges } from './challenges.js'
import { guardCalls, type LeavingPhone } from './leaving.js'
import type { CallEnd, PhoneFailure, PhoneOwner, PhoneView } from './phone.js'
import { Ring } from './ring.js'
import type { SipCall } from './sip-call.js'
import { loadSip, type SipLibrary } from './sip-library.js'

/** Milliseconds. */
const tryAgainAfter = 3_000
/** Credentials are valid for one hour. New ones are requested this many milliseconds before their end. */
const renewBefore = 300_000
/** Milliseconds. Host candidates, which are enough on a LAN, arrive at once. Waiting for others would only delay the ringing. */
const iceGatheringTimeout = 500

/** A connection to the server, or an attempt at one. */
interface Line {
  readonly sip: SipLibrary
  readonly agent: UserAgent
}

/** A phone over WebSocket, built on SIP.js. It gets temporary credentials from the server, and new ones before they expire. */
export class SipPhone implements LeavingPhone {
  readonly view = new Store<PhoneView>({ status: 'off', calls: [] })
  readonly #calls = new Map<string, SipCall>()
  readonly #ring = new Ring()
  #wanted = false
  #line: Line | undefined
  #registerer: Registerer | undefined
  #waiting: (() => void) | undefined
  #registering: (() => void) | undefined

  constructor(readonly owner: PhoneOwner) {
    this.view.subscribe(() => guardCalls(this))
    // Loading starts now, because most phones are used soon.
    void loadSip()
  }

  async start(): Promise<void> {
    if (this.#wanted) return
    this.#wanted = true
    await this.#connect()
  }

  async stop(): Promise<void> {
    this.#wanted = false
    this.#waiting?.()
    for (const call of this.#calls.values()) await call.end()
    await this.#disconnect()
    this.#show({ status: 'off' })
  }

  async call(uri: string, name: string): Promise<void> {
    const line = this.#line
    const target = line?.sip.UserAgent.makeURI(uri)
    this.forgetEnd()
    if (line && target)
      await this.#follow(line.sip, new line.sip.Inviter(line.agent, target, { earlyMedia: true }), name).invite()
    else this.#show({ ended: { how: 'failed' } })
  }

  async answer(id: string): Promise<void> {
    this.forgetEnd()
    await this.#calls.get(id)?.answer(() => this.#holdOthers(id))
  }

  async end(id: string): Promise<void> {
    await this.#calls.get(id)?.end()
  }

  /** Refuses ringing calls with 480, because the agent did not decline them: the page closed. */
  leaveCalls(): void {
    for (const call of this.#calls.values()) void call.end(480)
  }

  mute(id: string, on: boolean): void {
    this.#calls.get(id)?.mute(on)
  }

  async hold(id: string, on: boolean): Promise<void> {
    await this.#calls.get(id)?.hold(on)
  }

  key(id: string, key: string): void {
    this.#calls.get(id)?.key(key)
  }

  async transfer(id: string, uri: string): Promise<void> {
    await this.#calls.get(id)?.transfer(uri)
  }

  forgetEnd(): void {
    const { ended, ...view } = this.view.state
    if (ended) this.view.set(view)
  }

  /** Shows why the phone could not be started. */
  refuse(failure: PhoneFailure): void {
    this.#show({ failure })
  }

  testRing(): void {
    this.#ring.test()
  }

  /** A person talks to one caller at a time. */
  async #holdOthers(id: string): Promise<void> {
    for (const [other, call] of this.#calls)
      if (other !== id && call.shown.state === 'talking' && !call.shown.onHold) await call.hold(true)
  }

  async #connect(): Promise<void> {
    this.#show({ status: 'connecting' })
    this.#clearFailure()
    const [sip, issued] = await Promise.all([loadSip(), post<IssuedPhone>('/api/phones', this.owner)])
    if (!this.#wanted) return
    if (!sip || issued.kind === 'unreachable') this.#again()
    else if (issued.kind === 'problem') await this.#giveUp(issued.status === 409 ? 'noServer' : 'refused')
    else await this.#open(sip, issued.value)
  }

  async #open(sip: SipLibrary, issued: IssuedPhone): Promise<void> {
    const agent = this.#userAgent(sip, issued)
    const line = { sip, agent }
    this.#line = line
    try {
      await agent.start()
    } catch {
      // SIP.js throws when the WebSocket does not open.
      this.#again()
      return
    }
    if ('guest' in this.owner) this.#show({ status: 'ready' })
    else await this.#register(line)
    this.#renewLater(line, issued)
  }

  #userAgent(sip: SipLibrary, { uri, user, password, server }: IssuedPhone): UserAgent {
    const own = sip.UserAgent.makeURI(uri)
    const agent = new sip.UserAgent({
      ...(own && { uri: own }),
      authorizationUsername: user,
      authorizationPassword: password,
      transportOptions: { server, keepAliveInterval: 25 },
      sessionDescriptionHandlerFactoryOptions: { iceGatheringTimeout, peerConnectionConfiguration: { iceServers: [] } },
      logBuiltinEnabled: false,
      delegate: {
        onInvite: invitation => this.#incoming(sip, invitation),
        onDisconnect: error => {
          if (error && agent === this.#line?.agent) this.#again()
        },
      },
    })
    const { transport } = agent
    const take = transport.onMessage
    transport.onMessage = message => take?.(answerableChallenges(message))
    return agent
  }

  async #register({ sip, agent }: Line): Promise<void> {
    const registerer = new sip.Registerer(agent, { expires: 300 })
    this.#registerer = registerer
    registerer.stateChange.addListener(state => {
      if (registerer !== this.#registerer) return
      if (state === sip.RegistererState.Registered) {
        this.#show({ status: 'ready' })
        this.#clearFailure()
      }
      // A refresh failed or got no answer. SIP.js does not try again by itself.
      if (state === sip.RegistererState.Unregistered) this.#registerLater(registerer)
    })
    await this.#registerNow(registerer)
  }

  async #registerNow(registerer: Registerer): Promise<void> {
    const onReject = ({ message: { statusCode = 0 } }: IncomingResponse): void => {
      if (mayPass(statusCode)) this.#registerLater(registerer)
      else if (registerer === this.#registerer) void this.#giveUp('refused')
    }
    try {
      await registerer.register({ requestDelegate: { onReject } })
    } catch {
      // SIP.js throws while its own refresh still waits for an answer, and does not report the result of that refresh.
      this.#registerLater(registerer)
    }
  }

  #registerLater(registerer: Registerer): void {
    if (registerer !== this.#registerer) return
    this.#lost()
    this.#registering?.()
    this.#registering = after(tryAgainAfter, () => {
      const registered = this.#line?.sip.RegistererState.Registered
      if (registerer === this.#registerer && registerer.state !== registered) void this.#registerNow(registerer)
    })
  }

  #incoming(sip: SipLibrary, invitation: Invitation): void {
    this.#follow(sip, invitation)
    void invitation.progress()
  }

  #follow({ SipCall }: SipLibrary, session: Invitation | Inviter, name?: string): SipCall {
    const watcher = { changed: () => this.#changed(), ended: (ended: CallEnd) => this.#show({ ended }) }
    const call = new SipCall(session, watcher, name)
    this.#calls.set(session.id, call)
    this.#changed()
    return call
  }

  #changed(): void {
    for (const [id, call] of this.#calls) if (call.over) this.#calls.delete(id)
    const calls = [...this.#calls.values()].map(({ shown }) => shown)
    this.view.set({ ...this.view.state, calls })
    // A second call makes no ringtone while the agent talks.
    const rings = calls.some(call => call.direction === 'incoming' && call.state === 'ringing')
    if (rings && !calls.some(call => call.state === 'talking')) this.#ring.start()
    else this.#ring.stop()
  }

  #again(): void {
    this.#waiting?.()
    this.#lost()
    for (const call of this.#calls.values()) call.lose()
    this.#waiting = after(tryAgainAfter, () => void this.#reconnect())
  }

  async #giveUp(failure: PhoneFailure): Promise<void> {
    this.#wanted = false
    await this.#disconnect()
    this.view.set({ ...this.view.state, status: 'off', failure })
  }

  async #reconnect(): Promise<void> {
    await this.#disconnect()
    if (this.#wanted) await this.#connect()
  }

  #renewLater(line: Line, { expires }: IssuedPhone): void {
    this.#waiting = after(Math.max(60_000, Date.parse(expires) - now() - renewBefore), () => void this.#renew(line))
  }

  /** Replaces the credentials for later challenges. The connection, the registration and the calls stay as they are. */
  async #renew(line: Line): Promise<void> {
    const issued = await post<IssuedPhone>('/api/phones', this.owner)
    if (line !== this.#line) return
    if (issued.kind === 'ok') {
      equip(line, issued.value)
      this.#renewLater(line, issued.value)
    } else if (issued.kind === 'unreachable' || this.#calls.size > 0)
      this.#waiting = after(tryAgainAfter, () => void this.#renew(line))
    else await this.#giveUp('refused')
  }

  async #disconnect(): Promise<void> {
    const agent = this.#line?.agent
    this.#line = undefined
    this.#registerer = undefined
    this.#waiting?.()
    this.#registering?.()
    try {
      await agent?.stop()
    } catch {
      // The connection is already gone: there is nothing to close.
    }
  }

  #lost(): void {
    this.#show({ status: 'lost', failure: 'unreachable' })
  }

  #show(news: Partial<PhoneView>): void {
    this.view.set({ ...this.view.state, ...news })
  }

  #clearFailure(): void {
    const { failure, ...view } = this.view.state
    if (failure) this.view.set(view)
  }
}

/** Whether a later attempt may succeed: the request timed out or the server has a problem (RFC 3261 §21.4.9, §21.5). */
const mayPass = (status: number): boolean => status === 408 || status >= 500

/** Sets new credentials. A guest also gets another address of record. */
function equip({ sip, agent: { configuration, userAgentCore } }: Line, { uri, user, password }: IssuedPhone): void {
  configuration.authorizationUsername = user
  configuration.authorizationPassword = password
  userAgentCore.configuration.aor = sip.UserAgent.makeURI(uri) ?? userAgentCore.configuration.aor
}
