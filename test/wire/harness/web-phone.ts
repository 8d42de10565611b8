import { Inviter, Registerer, UserAgent } from 'sip.js'
import type { ClientOptions } from 'ws'
import { answerableChallenges } from '../../../console/src/phone/challenges.js'
import { eventually } from './eventually.js'
import { WebCall } from './web-call.js'
import { WebLine, type WebLineOptions } from './web-line.js'
import { WebMedia, type OfferedMedia } from './web-media.js'

export interface WebPhoneOptions {
  /** Such as `ws://127.0.0.1:8081`. */
  readonly url: string
  /** Its address of record, such as `sip:alice@example.com`. */
  readonly uri: string
  readonly password: string
  /** Default: the user part of its address. */
  readonly user?: string
  readonly client?: ClientOptions
  /** Default: browser. */
  readonly media?: OfferedMedia
  /** How it handles an incoming call. Default: it answers at once. */
  readonly takes?: (call: WebCall) => Promise<void>
}

const answersAtOnce = async (call: WebCall): Promise<void> => {
  await call.ring()
  await call.answer()
}

/** A phone like the console's, in Node: SIP.js over a WebSocket, controlled by a script. */
export class WebPhone {
  /** The received SIP messages, oldest first, as text. */
  readonly heard: string[] = []
  readonly calls = new Set<WebCall>()
  /** Errors while an incoming call was handled. */
  readonly faults: unknown[] = []
  readonly #agent: UserAgent
  readonly #registerer: Registerer

  private constructor(private readonly options: WebPhoneOptions) {
    const own = UserAgent.makeURI(options.uri)
    if (!own) throw new Error(`${options.uri} is no URI`)
    const line: WebLineOptions = {
      url: options.url,
      ...(options.client && { client: options.client }),
      came: message => {
        this.heard.push(message)
        return answerableChallenges(message)
      },
    }
    this.#agent = new UserAgent({
      uri: own,
      contactName: own.user ?? '',
      authorizationUsername: options.user ?? own.user ?? '',
      authorizationPassword: options.password,
      transportConstructor: WebLine,
      transportOptions: line,
      sessionDescriptionHandlerFactory: () => new WebMedia(options.media ?? 'browser'),
      logBuiltinEnabled: false,
      gracefulShutdown: false,
      delegate: {
        onInvite: invitation => {
          const { takes = answersAtOnce } = options
          takes(this.#follow(new WebCall(invitation))).catch((fault: unknown) => this.faults.push(fault))
        },
      },
    })
    this.#registerer = new Registerer(this.#agent, { expires: 120, regId: 1 })
  }

  static async open(options: WebPhoneOptions): Promise<WebPhone> {
    const phone = new WebPhone(options)
    await phone.#agent.start()
    return phone
  }

  /** Calls. Returns the final response as text. */
  register(): Promise<string> {
    return new Promise((resolve, reject) => {
      const final = ({ message }: { readonly message: { readonly data: string } }): void => resolve(message.data)
      this.#registerer.register({ requestDelegate: { onAccept: final, onReject: final } }).catch(reject)
    })
  }

  /** Prepares a call. `invite` starts it. */
  dials(uri: string): WebCall {
    const target = UserAgent.makeURI(uri)
    if (!target) throw new Error(`${uri} is no URI`)
    return this.#follow(new WebCall(new Inviter(this.#agent, target, { earlyMedia: true })))
  }

  /** Waits for a message that matches. */
  received(pattern: RegExp): Promise<string> {
    return eventually(`${this.options.uri} hears ${String(pattern)}`, () => this.heard.find(text => pattern.test(text)))
  }

  /** Breaks the connection without a message, as a killed browser does. */
  kill(): void {
    const { transport } = this.#agent
    if (transport instanceof WebLine) transport.kill()
  }

  /** Ends its calls and its registration, and closes the connection. */
  async close(): Promise<void> {
    await this.#agent.stop()
  }

  #follow(call: WebCall): WebCall {
    this.calls.add(call)
    void call.ended.then(() => this.calls.delete(call))
    return call
  }
}
