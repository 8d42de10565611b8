import { Inviter, SessionState, UserAgent, Web, type Invitation } from 'sip.js'
import { now } from '../clock.js'
import { microphoneConstraints, soundOn, speaker } from './devices.js'
import type { PhoneCall, PhoneFailure } from './phone.js'

/** Told when a call has changed or ended, and when an action failed. */
export interface CallWatcher {
  changed(): void
  failed(failure: PhoneFailure): void
}

/** One call of this browser's phone: a SIP.js session and its audio. */
export class SipCall {
  readonly #audio = new Audio()
  #shown: PhoneCall

  constructor(
    private readonly session: Invitation | Inviter,
    private readonly watcher: CallWatcher,
  ) {
    const { remoteIdentity, id } = session
    const page = session.request.getHeader('Call-Info')
    const callId = page === undefined ? undefined : /\/calls\/([^>;/?]+)>/.exec(page)?.[1]
    this.#shown = {
      id,
      direction: session instanceof Inviter ? 'outgoing' : 'incoming',
      state: 'ringing',
      since: now(),
      peer: remoteIdentity.displayName || (remoteIdentity.uri.user ?? ''),
      muted: false,
      onHold: false,
      transfer: 'none',
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

  /** For incoming calls only. */
  async answer(): Promise<void> {
    if (this.session instanceof Inviter) return
    await this.#try(this.session.accept({ sessionDescriptionHandlerOptions: { constraints: microphoneConstraints() } }))
  }

  /** For outgoing calls only. */
  async invite(): Promise<void> {
    if (!(this.session instanceof Inviter)) return
    await this.#try(
      this.session.invite({
        sessionDescriptionHandlerOptions: { constraints: microphoneConstraints() },
        requestDelegate: {
          onReject: ({ message }) => this.watcher.failed({ why: 'rejected', status: message.statusCode ?? 0 }),
        },
      }),
    )
  }

  /** Sends the request or response before it returns, so that a closing page can use it. `refusal` answers a ringing incoming call. */
  async end(refusal = 603): Promise<void> {
    const { session } = this
    if (session.state === SessionState.Established) await this.#try(session.bye())
    else if (session instanceof Inviter) await this.#try(session.cancel())
    else if (session.state === SessionState.Initial || session.state === SessionState.Establishing)
      await this.#try(session.reject({ statusCode: refusal }))
  }

  mute(on: boolean): void {
    this.#show({ muted: on })
    this.#letSpeak()
  }

  async hold(on: boolean): Promise<void> {
    const options: Web.SessionDescriptionHandlerOptions = { hold: on }
    this.session.sessionDescriptionHandlerOptionsReInvite = options
    await this.#try(
      this.session.invite({
        requestDelegate: {
          onAccept: () => {
            this.#show({ onHold: on })
            this.#letSpeak()
          },
          onReject: () => this.watcher.failed({ why: 'failed' }),
        },
      }),
    )
  }

  key(key: string): void {
    this.session.sessionDescriptionHandler?.sendDtmf(key)
  }

  async transfer(uri: string): Promise<void> {
    const target = UserAgent.makeURI(uri)
    const refused = (): void => this.#show({ transfer: 'refused' })
    if (!target) {
      refused()
      return
    }
    this.#show({ transfer: 'asked' })
    await this.#try(
      this.session.refer(target, {
        requestDelegate: { onReject: refused },
        onNotify: notification => {
          void notification.accept()
          const status = Number(/^SIP\/2\.0 (\d{3})/.exec(notification.request.body)?.[1] ?? 100)
          if (status >= 300) refused()
          if (status >= 200 && status < 300) void this.end()
        },
      }),
    )
  }

  #reached(state: SessionState): void {
    if (state === SessionState.Established) {
      this.#show({ state: 'talking', since: now() })
      const handler = this.session.sessionDescriptionHandler
      if (handler instanceof Web.SessionDescriptionHandler) this.#audio.srcObject = handler.remoteMediaStream
      void soundOn(this.#audio, speaker.state)
    }
    if (state === SessionState.Terminated) {
      this.#audio.srcObject = null
      this.watcher.changed()
    }
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

  async #try(asked: Promise<unknown>): Promise<void> {
    try {
      await asked
    } catch (error) {
      const refused = error instanceof DOMException && /NotAllowed|NotFound|NotReadable/.test(error.name)
      this.watcher.failed({ why: refused ? 'microphone' : 'failed' })
    }
  }
}
