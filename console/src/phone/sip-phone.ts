import type { Invitation, Inviter, Registerer, UserAgent } from 'sip.js'
import type { IncomingResponse } from 'sip.js/lib/core'
import { post } from '../api/client.js'
import type { IssuedPhone } from '../api/documents.js'
import { after, now } from '../clock.js'
import { Store } from '../store.js'
import { answerableChallenges } from './challenges.js'
import { takeExpected } from './expected.js'
import { guardCalls, type LeavingPhone } from './leaving.js'
import type { CallEnd, PhoneFailure, PhoneOwner, PhoneView } from './phone.js'
import { Ring } from './ring.js'
import type { SipCall } from './sip-call.js'
import { answers, equip, reconnect, type Line } from './line.js'
import { loadSip, type SipLibrary } from './sip-library.js'
import { mayPass } from './statuses.js'

/** The delay before the next attempt to connect, to register or to get credentials, in milliseconds. */
const tryAgainAfter = 3_000
/** Credentials are valid for one hour. New ones are requested this many milliseconds before their end. */
const renewBefore = 300_000
/** How long to wait for ICE candidates, in milliseconds. Host candidates come at once. Waiting for others only delays the ringing. */
const iceGatheringTimeout = 500
/** How long calls wait for a new connection, in milliseconds. The server ends calls from which nothing comes for 30 s (RFC 7675 §5.1). */
const keptFor = 25_000
/** Milliseconds between two attempts to connect again while there are calls. */
const comeBackEvery = 1_000

/** A phone over WebSocket, built on SIP.js. It gets temporary credentials from the server, and new ones before they expire. */
export class SipPhone implements LeavingPhone {
  readonly view = new Store<PhoneView>({ status: 'off', calls: [] })
  readonly #calls = new Map<string, SipCall>()
  readonly #ring = new Ring()
  #wanted = false
  #line: Line | undefined
  #registerer: Registerer | undefined
  #waiting: (() => void) | undefined
  /** When the credentials expire, in milliseconds since the epoch. */
  #expires = 0
  #registering: (() => void) | undefined

  constructor(readonly owner: PhoneOwner) {
    this.view.subscribe(() => guardCalls(this))
    // Start to load the library now, because most phones are used soon.
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

  async call(uri: string, name: string, as?: string): Promise<void> {
    const line = this.#line
    const target = line?.sip.UserAgent.makeURI(uri)
    this.forgetEnd()
    const extraHeaders = as === undefined ? [] : [`P-Preferred-Identity: <${as}>`]
    if (line && target)
      await this.#follow(line.sip, new line.sip.Inviter(line.agent, target, { earlyMedia: true, extraHeaders }), name).invite()
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

  /** Puts all other calls on hold, because a person talks to one caller at a time. */
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
    if ('guest' in this.owner) this.#isReady()
    else await this.#register(line)
    this.#expires = Date.parse(issued.expires)
    this.#renewLater(line)
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
          // A failed attempt to reconnect is reported here too.
          if (error && agent === this.#line?.agent && this.view.state.status !== 'lost') this.#broke(this.#line)
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
      if (state === sip.RegistererState.Registered) this.#isReady()
      // A refresh failed or got no answer. SIP.js does not try again by itself.
      if (state === sip.RegistererState.Unregistered) this.#registerLater(registerer)
    })
    await this.#registerNow(registerer)
  }

  async #registerNow(registerer: Registerer): Promise<void> {
    const onAccept = (): void => {
      if (registerer === this.#registerer) this.#isReady()
    }
    const onReject = ({ message: { statusCode = 0 } }: IncomingResponse): void => {
      if (mayPass(statusCode)) this.#registerLater(registerer)
      else if (registerer === this.#registerer) void this.#giveUp('refused')
    }
    try {
      await registerer.register({ requestDelegate: { onAccept, onReject } })
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
    const call = this.#follow(sip, invitation)
    void invitation.progress()
    if (takeExpected(call.shown.callId)) void this.answer(invitation.id)
  }

  #follow({ SipCall }: SipLibrary, session: Invitation | Inviter, name?: string): SipCall {
    const watcher = {
      changed: () => this.#changed(),
      ended: (ended: CallEnd) => this.#show({ ended }),
      soundBroke: () => void this.#soundBroke(call),
    }
    const call: SipCall = new SipCall(session, watcher, name)
    this.#calls.set(session.id, call)
    this.#changed()
    return call
  }

  #changed(): void {
    for (const [id, call] of this.#calls) if (call.over) this.#calls.delete(id)
    const calls = [...this.#calls.values()].map(({ shown }) => shown)
    this.view.set({ ...this.view.state, calls })
    // While the agent talks, a second call makes no ringtone.
    const rings = calls.some(call => call.direction === 'incoming' && call.state === 'ringing')
    if (rings && !calls.some(call => call.state === 'talking')) this.#ring.start()
    else this.#ring.stop()
  }

  /** The connection broke off. Connected calls continue over a new connection, and the server waits for it. */
  #broke(line: Line): void {
    const calls = [...this.#calls.values()]
    if (!calls.some(({ shown }) => shown.state === 'talking')) return this.#again()
    this.#waiting?.()
    this.#registering?.()
    this.#lost()
    for (const call of calls) if (call.shown.state === 'ringing') void call.drop()
    void this.#comeBack(line, now() + keptFor)
  }

  async #comeBack(line: Line, until: number): Promise<void> {
    if (line !== this.#line) return
    try {
      await reconnect(line)
    } catch {
      if (now() >= until) this.#again()
      else this.#waiting = after(comeBackEvery, () => void this.#comeBack(line, until))
      return
    }
    this.#show({ status: 'connecting' })
    const kept = await Promise.all([...this.#calls.values()].map(call => call.mend()))
    if (line !== this.#line || this.view.state.status !== 'connecting') return
    // The server was restarted meanwhile. It knows neither the calls nor the credentials.
    if (!kept.every(isKept => isKept)) {
      this.#again()
      return
    }
    this.#renewLater(line)
    if (this.#registerer) await this.#registerNow(this.#registerer)
    else this.#isReady()
  }

  /** The media path of a call is lost, because the browser or the server has changed its network. */
  async #soundBroke(call: SipCall): Promise<void> {
    const line = this.#line
    if (!line || !this.#isUsing(line)) return
    const isThere = await answers(line)
    if (!this.#isUsing(line)) return
    if (!isThere) this.#broke(line)
    else if (!(await call.mend())) await call.drop()
  }

  /** Whether the phone uses this connection, and no attempt to connect is in progress. */
  #isUsing(line: Line): boolean {
    return line === this.#line && this.view.state.status === 'ready'
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

  #renewLater(line: Line): void {
    this.#waiting = after(Math.max(60_000, this.#expires - now() - renewBefore), () => void this.#renew(line))
  }

  /** Replaces the credentials for later challenges. The connection, the registration and the calls stay as they are. */
  async #renew(line: Line): Promise<void> {
    const issued = await post<IssuedPhone>('/api/phones', this.owner)
    if (line !== this.#line) return
    if (issued.kind === 'ok') {
      equip(line, issued.value)
      this.#expires = Date.parse(issued.value.expires)
      this.#renewLater(line)
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

  #isReady(): void {
    this.#show({ status: 'ready' })
    this.#clearFailure()
  }

  #clearFailure(): void {
    const { failure, ...view } = this.view.state
    if (failure) this.view.set(view)
  }
}
