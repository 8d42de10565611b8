import { Inviter, SessionState, UserAgent, Web, type Invitation } from 'sip.js'
import type { IncomingResponse } from 'sip.js/lib/core'
import { after, now } from '../clock.js'
import { OneAtATime } from '../one-at-a-time.js'
import { microphoneConstraints, soundOn, speaker } from './devices.js'
import type { CallEnd } from './phone.js'
import type { CallAction, PhoneCall } from './phone-call.js'
import { addressIn, SoundWatch } from './sound-watch.js'
import { isUnknown } from './statuses.js'

/** The other side does not know the call (RFC 3261 §21.4.19). */
const noSuchCall = 481

/** The server's word for a transfer that the agent took back (RFC 3261 §21.4.25). */
const takenBack = 487

/** Learns of each change of a call, and why it ended. If `ended` is called several times, the last reason counts. */
interface CallWatcher {
  changed(): void
  ended(end: CallEnd): void
  /** The media path is lost. Call `mend` if the server can be reached. */
  soundBroke(): void
}

/** One call of this browser's phone: a SIP.js session and its audio. */
export class SipCall {
  readonly #audio = new Audio()
  readonly #acting = new OneAtATime()
  /** Hanging up is possible during every other action. */
  readonly #ending = new OneAtATime()
  #shown: PhoneCall
  #end: CallEnd = { how: 'over' }
  readonly #sound = new SoundWatch(after, {
    silent: isSilent => this.#heardSound(isSilent),
    mend: () => this.watcher.soundBroke(),
  })

  constructor(
    private readonly session: Invitation | Inviter,
    private readonly watcher: CallWatcher,
    name?: string,
  ) {
    const { remoteIdentity, id } = session
    const page = session.request.getHeader('Call-Info')
    const callId = page === undefined ? undefined : /\/calls\/([^>;/?]+)>/.exec(page)?.[1]
    this.#shown = {
      id,
      direction: session instanceof Inviter ? 'outgoing' : 'incoming',
      state: 'ringing',
      since: now(),
      peer: name ?? (remoteIdentity.displayName || (remoteIdentity.uri.user ?? '')),
      muted: false,
      onHold: false,
      transfer: { kind: 'none' },
      silent: undefined,
      busy: undefined,
      failed: undefined,
      ...(callId !== undefined && { callId }),
    }
    this.#audio.autoplay = true
    session.stateChange.addListener(state => this.#reached(state))
  }

  get shown(): PhoneCall {
    return this.#shown
  }

  get over(): boolean {
    return this.session.state === SessionState.Terminated
  }

  /** Answers an incoming call. `first` runs before that, as part of the same action. Does nothing for an outgoing call. */
  async answer(first: () => Promise<void>): Promise<void> {
    const { session } = this
    if (session instanceof Inviter) return
    await this.#act('answer', async () => {
      await first()
      await session.accept({ sessionDescriptionHandlerOptions: { constraints: microphoneConstraints() } })
      return true
    })
  }

  /** Sends the INVITE of an outgoing call. Does nothing for an incoming call. */
  async invite(): Promise<void> {
    const { session } = this
    if (!(session instanceof Inviter)) return
    try {
      await session.invite({
        sessionDescriptionHandlerOptions: { constraints: microphoneConstraints() },
        requestDelegate: {
          onReject: ({ message }) => {
            if (this.#end.how === 'over') this.#endedBy({ how: 'rejected', status: message.statusCode ?? 0 })
          },
        },
      })
    } catch (error) {
      this.#endedBy(endOf(error))
    }
  }

  /** Sends the request or response before it returns, so that a closing page can use it. `refusal` answers a ringing incoming call. */
  async end(refusal = 603): Promise<void> {
    const { session } = this
    this.#end = { how: 'hungUp' }
    await this.#act('end', async () => {
      if (session.state === SessionState.Established) await session.bye()
      else if (session instanceof Inviter) await session.cancel()
      else if (session.state === SessionState.Initial || session.state === SessionState.Establishing)
        await session.reject({ statusCode: refusal })
      return true
    })
  }

  /** Notes that the connection is lost. SIP.js then ends the session. */
  lose(): void {
    this.#end = { how: 'lost' }
  }

  /** Ends the call only here, because the server can't be reached or does not know the call. */
  async drop(): Promise<void> {
    this.lose()
    await this.session.dispose()
  }

  /**
   * Restarts ICE (RFC 8445 §2.4). The browser looks for a media path from its current network, and the server answers with its current
   * addresses. False: the server no longer has this call.
   */
  async mend(): Promise<boolean> {
    let isThere = true
    await this.#acting.run(async () => {
      this.#show({ busy: 'mend' })
      const status = await this.#restartIce()
      isThere = !isUnknown(status)
      this.#show({ busy: undefined })
    })
    return isThere
  }

  mute(on: boolean): void {
    this.#show({ muted: on })
    this.#letSpeak()
  }

  async hold(on: boolean): Promise<void> {
    await this.#act(on ? 'hold' : 'resume', async () => {
      if ((await this.#reinvite({ hold: on })) >= 300) return false
      this.#show({ onHold: on })
      this.#letSpeak()
      return true
    })
  }

  key(key: string): void {
    this.session.sessionDescriptionHandler?.sendDtmf(key)
  }

  async transfer(uri: string): Promise<void> {
    await this.#act('transfer', async () => {
      const target = UserAgent.makeURI(uri)
      const refused = (status: number): void => this.#show({ transfer: { kind: 'refused', status } })
      if (!target) return false
      this.#show({ transfer: { kind: 'asked' } })
      await this.session.refer(target, {
        requestDelegate: { onReject: ({ message }) => refused(message.statusCode ?? 0) },
        onNotify: notification => {
          void notification.accept()
          const status = Number(/^SIP\/2\.0 (\d{3})/.exec(notification.request.body)?.[1] ?? 100)
          if (status === takenBack) this.#show({ transfer: { kind: 'takenBack' } })
          else if (status >= 300) refused(status)
          if (status >= 200 && status < 300) void this.end()
        },
      })
      return true
    })
  }

  /**
   * Sends re-INVITEs until one restarts ICE. When the server has changed its network, both sides of a call restart ICE at the same time
   * and their requests cross. The response is then 491, or 488 from a side that was about to ask. A browser that withdraws its offer has
   * no media path, even if its connection says otherwise, so it must try again (RFC 3261 §14.1).
   */
  async #restartIce(): Promise<number> {
    let status = notNow()
    for (let attempts = 0; attempts < mostAttempts && status >= 300 && !isUnknown(status) && !this.over; attempts += 1) {
      if (attempts > 0) await this.#letOtherGoFirst()
      status = await this.#reinvite({ hold: this.#shown.onHold, offerOptions: { iceRestart: true } }).catch(notNow)
    }
    return status
  }

  /** Waits 2.1 to 4 s if this side made the call, otherwise up to 1.9 s, so that the requests don't cross again (RFC 3261 §14.1). */
  #letOtherGoFirst(): Promise<void> {
    const [drawn = 0] = crypto.getRandomValues(new Uint16Array(1))
    const delay = (this.session instanceof Inviter ? 2_100 : 0) + (drawn * 1_900) / 65_536
    return new Promise(resolve => after(delay, resolve))
  }

  /** Resolves with the status of the response, or with 481 when the call is over. SIP.js itself only waits until the request is sent. */
  #reinvite(sessionDescriptionHandlerOptions: Web.SessionDescriptionHandlerOptions): Promise<number> {
    return new Promise((resolve, reject) => {
      this.session.stateChange.addListener(state => state === SessionState.Terminated && resolve(noSuchCall))
      const answered = ({ message }: IncomingResponse): void => resolve(message.statusCode ?? noSuchCall)
      const requestDelegate = { onAccept: answered, onReject: answered }
      this.session.invite({ requestDelegate, sessionDescriptionHandlerOptions }).catch(reject)
    })
  }

  #reached(state: SessionState): void {
    if (state === SessionState.Established) {
      this.#show({ state: 'talking', since: now() })
      const handler = this.session.sessionDescriptionHandler
      if (handler instanceof Web.SessionDescriptionHandler) this.#audio.srcObject = handler.remoteMediaStream
      void soundOn(this.#audio, speaker.state)
      this.#watchSound()
    }
    if (state === SessionState.Terminated) {
      this.#sound.stop()
      this.#audio.srcObject = null
      const end: CallEnd = this.#end.how === 'over' && this.#shown.silent ? { how: 'silent' } : this.#end
      if (this.#shown.direction === 'outgoing' || this.#shown.state === 'talking') this.watcher.ended(end)
      this.watcher.changed()
    }
  }

  #watchSound(): void {
    const connection = this.#connection()
    if (!connection) return
    const reached = (): void => {
      if (!this.over) this.#sound.reached(connection.connectionState)
    }
    connection.addEventListener('connectionstatechange', reached)
    reached()
  }

  #heardSound(isSilent: boolean): void {
    const address = addressIn(this.#connection()?.remoteDescription?.sdp ?? '')
    this.#show({ silent: isSilent ? { address } : undefined })
  }

  /** Stops the microphone on hold too. SIP.js only stops playing the other side, which could still hear the room. */
  #letSpeak(): void {
    const { muted, onHold } = this.#shown
    for (const { track } of this.#connection()?.getSenders() ?? []) if (track) track.enabled = !muted && !onHold
  }

  #connection(): RTCPeerConnection | undefined {
    const handler = this.session.sessionDescriptionHandler
    return handler instanceof Web.SessionDescriptionHandler ? handler.peerConnection : undefined
  }

  #show(news: Partial<PhoneCall>): void {
    this.#shown = { ...this.#shown, ...news }
    this.watcher.changed()
  }

  #endedBy(end: CallEnd): void {
    this.#end = end
    this.watcher.ended(end)
  }

  /** Runs an action. Its outcome replaces the outcome of the previous action. */
  async #act(action: CallAction, work: () => Promise<boolean>): Promise<void> {
    await (action === 'end' ? this.#ending : this.#acting).run(async () => {
      this.#show({ busy: action, failed: undefined })
      let worked = false
      try {
        worked = await work()
      } catch (error) {
        // The browser has no microphone, or SIP.js can't do this in the current state of the call.
        if (action === 'answer') this.#endedBy(endOf(error))
      }
      this.#show({ busy: undefined, failed: worked ? undefined : action })
    })
  }
}

/** How often ICE is restarted while requests cross. */
const mostAttempts = 4

/** Another request within the call is under way (RFC 3261 §21.4.27). */
const notNow = (): number => 491

/** How a call ends after this error. Errors of getUserMedia have these names. */
const endOf = (error: unknown): CallEnd => ({
  how: error instanceof DOMException && /NotAllowed|NotFound|NotReadable/.test(error.name) ? 'microphone' : 'failed',
})
