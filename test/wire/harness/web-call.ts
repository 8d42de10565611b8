import { Inviter, SessionState, UserAgent, type Invitation } from 'sip.js'
import type { WebMediaOptions } from './web-media.js'

/** One call of a SIP.js phone. */
export class WebCall {
  /** Resolves when the call is over, for any reason. */
  readonly ended: Promise<void>
  /** Resolves when the call is answered or over. */
  readonly settled: Promise<void>

  constructor(private readonly session: Invitation | Inviter) {
    const reaches = (...states: readonly SessionState[]): Promise<void> =>
      new Promise(resolve =>
        session.stateChange.addListener(state => {
          if (states.includes(state)) resolve()
        }),
      )
    this.ended = reaches(SessionState.Terminated)
    this.settled = reaches(SessionState.Established, SessionState.Terminated)
  }

  get state(): 'ringing' | 'talking' | 'over' {
    const { state } = this.session
    if (state === SessionState.Established) return 'talking'
    return state === SessionState.Terminating || state === SessionState.Terminated ? 'over' : 'ringing'
  }

  /** Calls. Returns the final response as text. */
  invite(): Promise<string> {
    return new Promise((resolve, reject) => {
      if (!(this.session instanceof Inviter)) return reject(new Error('this call came in'))
      const final = ({ message }: { readonly message: { readonly data: string } }): void => resolve(message.data)
      this.session.invite({ requestDelegate: { onAccept: final, onReject: final } }).catch(reject)
    })
  }

  async ring(): Promise<void> {
    await this.#incoming().progress()
  }

  async answer(): Promise<void> {
    await this.#incoming().accept()
  }

  async decline(statusCode = 603): Promise<void> {
    await this.#incoming().reject({ statusCode })
  }

  /** Puts the other side on hold, or resumes. Returns the status of the response. */
  hold(on: boolean): Promise<number> {
    const options: WebMediaOptions = { hold: on }
    this.session.sessionDescriptionHandlerOptionsReInvite = options
    return new Promise((resolve, reject) => {
      const final = ({ message }: { readonly message: { readonly statusCode: number | undefined } }): void =>
        resolve(message.statusCode ?? 0)
      this.session.invite({ requestDelegate: { onAccept: final, onReject: final } }).catch(reject)
    })
  }

  /** Blind transfer of the other side to the URI. Returns the final status. */
  transfer(uri: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const target = UserAgent.makeURI(uri)
      if (!target) return reject(new Error(`${uri} is no URI`))
      void this.ended.then(() => resolve(0))
      this.session
        .refer(target, {
          requestDelegate: { onReject: ({ message }) => resolve(message.statusCode ?? 0) },
          onNotify: notification => {
            void notification.accept()
            const status = Number(/^SIP\/2\.0 (\d{3})/.exec(notification.request.body)?.[1] ?? 100)
            if (status >= 200) resolve(status)
          },
        })
        .catch(reject)
    })
  }

  /** Hangs up, cancels or declines. */
  async hangUp(): Promise<void> {
    const { session } = this
    if (this.state === 'over') return
    if (this.state === 'talking') await session.bye()
    else if (session instanceof Inviter) await session.cancel()
    else await session.reject({ statusCode: 480 })
  }

  #incoming(): Invitation {
    if (this.session instanceof Inviter) throw new Error('this call went out')
    return this.session
  }
}
