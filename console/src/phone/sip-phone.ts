import { Inviter, Registerer, RegistererState, UserAgent, type Invitation } from 'sip.js'
import type { IncomingResponse } from 'sip.js/lib/core'
import { post } from '../api/client.js'
import type { IssuedPhone } from '../api/documents.js'
import { after, now } from '../clock.js'
import { Store } from '../store.js'
import { guardCalls, type LeavingPhone } from './leaving.js'
import type { Phone, PhoneFailure, PhoneView } from './phone.js'
import { Ring } from './ring.js'
import { SipCall } from './sip-call.js'

const tryAgainAfter = 3_000
/** Credentials hold for an hour: new ones are asked for so long before. */
const renewBefore = 300_000
/** Browsers gather what they need on a LAN at once; the rest would only delay the ring. */
const iceGatheringTimeout = 500

/** Whose phone it is: an agent's, which rings, or a guest's, which only calls. */
export type PhoneOwner = { readonly agent: string } | { readonly guest: true }

/** A phone over WebSocket, by SIP.js. Its credentials are temporary: it asks for them when it connects, and for new ones before they end. */
export class SipPhone implements Phone, LeavingPhone {
  readonly view = new Store<PhoneView>({ status: 'off', calls: [] })
  readonly #calls = new Map<string, SipCall>()
  readonly #ring = new Ring()
  #wanted = false
  #agent: UserAgent | undefined
  #registerer: Registerer | undefined
  #waiting: (() => void) | undefined
  #registering: (() => void) | undefined

  constructor(private readonly owner: PhoneOwner) {}

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

  async call(uri: string): Promise<void> {
    const target = UserAgent.makeURI(uri)
    this.#clearFailure()
    if (!this.#agent || !target) {
      this.#failed({ why: 'failed' })
      return
    }
    await this.#follow(new Inviter(this.#agent, target, { earlyMedia: true })).invite()
  }

  async answer(id: string): Promise<void> {
    this.#clearFailure()
    // One talks to one: the call before is held.
    for (const [other, call] of this.#calls)
      if (other !== id && call.shown.state === 'talking' && !call.shown.onHold) await call.hold(true)
    await this.#calls.get(id)?.answer()
  }

  async end(id: string): Promise<void> {
    await this.#calls.get(id)?.end()
  }

  /** Who rings is told that nobody is here: their call was not declined. */
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

  /** What kept its user from starting it. */
  refuse(failure: PhoneFailure): void {
    this.#show({ failure })
  }

  testRing(): void {
    this.#ring.test()
  }

  async #connect(): Promise<void> {
    this.#show({ status: 'connecting' })
    this.#clearFailure()
    const issued = await post<IssuedPhone>('/api/phones', this.owner)
    if (!this.#wanted) return
    if (issued.kind === 'unreachable') this.#again()
    else if (issued.kind === 'problem') await this.#giveUp({ why: issued.status === 409 ? 'noServer' : 'refused' })
    else await this.#open(issued.value)
  }

  async #open(issued: IssuedPhone): Promise<void> {
    const agent = this.#userAgent(issued)
    this.#agent = agent
    try {
      await agent.start()
    } catch {
      // What SIP.js says when the WebSocket does not open.
      this.#again()
      return
    }
    if ('guest' in this.owner) this.#show({ status: 'ready' })
    else await this.#register(agent)
    this.#renewLater(agent, issued)
  }

  #userAgent({ uri, user, password, server }: IssuedPhone): UserAgent {
    const own = UserAgent.makeURI(uri)
    const agent = new UserAgent({
      ...(own && { uri: own }),
      authorizationUsername: user,
      authorizationPassword: password,
      transportOptions: { server, keepAliveInterval: 25 },
      sessionDescriptionHandlerFactoryOptions: { iceGatheringTimeout, peerConnectionConfiguration: { iceServers: [] } },
      logBuiltinEnabled: false,
      delegate: {
        onInvite: invitation => this.#incoming(invitation),
        onDisconnect: error => {
          if (error && agent === this.#agent) this.#again()
        },
      },
    })
    const { transport } = agent
    const take = transport.onMessage
    transport.onMessage = message => take?.(answerableChallenges(message))
    return agent
  }

  async #register(agent: UserAgent): Promise<void> {
    const registerer = new Registerer(agent, { expires: 300 })
    this.#registerer = registerer
    registerer.stateChange.addListener(state => {
      if (registerer !== this.#registerer) return
      if (state === RegistererState.Registered) this.view.set({ status: 'ready', calls: this.view.state.calls })
      // A refresh that got no answer, or another than was hoped for: SIP.js does not go on by itself.
      if (state === RegistererState.Unregistered) this.#registerLater(registerer)
    })
    await this.#registerNow(registerer)
  }

  async #registerNow(registerer: Registerer): Promise<void> {
    const onReject = ({ message: { statusCode = 0 } }: IncomingResponse): void => {
      if (mayPass(statusCode)) this.#registerLater(registerer)
      else if (registerer === this.#registerer) void this.#giveUp({ why: 'refused' })
    }
    try {
      await registerer.register({ requestDelegate: { onReject } })
    } catch {
      // SIP.js sends no second REGISTER while the refresh of its own waits for an answer, and does not tell how that one ends.
      this.#registerLater(registerer)
    }
  }

  #registerLater(registerer: Registerer): void {
    if (registerer !== this.#registerer) return
    this.#lost()
    this.#registering?.()
    this.#registering = after(tryAgainAfter, () => {
      if (registerer === this.#registerer && registerer.state !== RegistererState.Registered) void this.#registerNow(registerer)
    })
  }

  #incoming(invitation: Invitation): void {
    this.#follow(invitation)
    void invitation.progress()
  }

  #follow(session: Invitation | Inviter): SipCall {
    const call: SipCall = new SipCall(session, {
      changed: () => this.#changed(),
      failed: failure => this.#failed(failure),
    })
    this.#calls.set(session.id, call)
    this.#changed()
    return call
  }

  #changed(): void {
    for (const [id, call] of this.#calls) if (call.over) this.#calls.delete(id)
    const calls = [...this.#calls.values()].map(({ shown }) => shown)
    this.view.set({ ...this.view.state, calls })
    guardCalls(this, calls)
    // A second call does not ring into the first one's talk.
    const rings = calls.some(call => call.direction === 'incoming' && call.state === 'ringing')
    if (rings && !calls.some(call => call.state === 'talking')) this.#ring.start()
    else this.#ring.stop()
  }

  #again(): void {
    this.#waiting?.()
    this.#lost()
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

  #renewLater(agent: UserAgent, { expires }: IssuedPhone): void {
    this.#waiting = after(Math.max(60_000, Date.parse(expires) - now() - renewBefore), () => void this.#renew(agent))
  }

  /** New credentials for what it will be asked from now on; connection, registration and calls stay as they are. */
  async #renew(agent: UserAgent): Promise<void> {
    const issued = await post<IssuedPhone>('/api/phones', this.owner)
    if (agent !== this.#agent) return
    if (issued.kind === 'ok') {
      equip(agent, issued.value)
      this.#renewLater(agent, issued.value)
    } else if (issued.kind === 'unreachable' || this.#calls.size > 0)
      this.#waiting = after(tryAgainAfter, () => void this.#renew(agent))
    else await this.#giveUp({ why: 'refused' })
  }

  async #disconnect(): Promise<void> {
    const agent = this.#agent
    this.#agent = undefined
    this.#registerer = undefined
    this.#waiting?.()
    this.#registering?.()
    try {
      await agent?.stop()
    } catch {
      // The connection is gone already: nothing is left to be ended in good order.
    }
  }

  #lost(): void {
    this.#show({ status: 'lost', failure: { why: 'unreachable' } })
  }

  #show(news: Partial<PhoneView>): void {
    this.view.set({ ...this.view.state, ...news })
  }

  #failed(failure: PhoneFailure): void {
    this.#show({ failure })
    this.#changed()
  }

  #clearFailure(): void {
    const { status, calls } = this.view.state
    this.view.set({ status, calls })
  }
}

/** Whether the same may be answered otherwise soon: no answer in time, or a server in trouble (RFC 3261 §21.4.9, §21.5). */
const mayPass = (status: number): boolean => status === 408 || status >= 500

/** A guest has another address with other credentials. */
function equip({ configuration, userAgentCore }: UserAgent, { uri, user, password }: IssuedPhone): void {
  configuration.authorizationUsername = user
  configuration.authorizationPassword = password
  userAgentCore.configuration.aor = UserAgent.makeURI(uri) ?? userAgentCore.configuration.aor
}

/** SIP.js answers the first challenge alone, and that by MD5: the other ones are taken out of what it reads. */
function answerableChallenges(message: string): string {
  return /^SIP\/2\.0 40[17]/.test(message)
    ? message.replace(/^(?:WWW|Proxy)-Authenticate:.*algorithm=(?!"?MD5"?(?:[,\s]|$)).*\r\n/gim, '')
    : message
}
