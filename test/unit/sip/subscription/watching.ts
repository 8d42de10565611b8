import assert from 'node:assert/strict'
import type { SipRequest } from '../../../../src/sip/message/message.js'
import type { Notification, Subscriber } from '../../../../src/sip/subscription/subscriber.js'
import { Phone, reverse, Wire, type Words } from '../dialog/wire.js'

export const us = '192.0.2.1'
export const pbx = '192.0.2.2'

/** One of our subscriptions, and a notifier that does what the test says. */
export class Watching {
  readonly wire = new Wire()
  readonly endpoint = this.wire.site(us)
  readonly notifier: Phone
  readonly told: string[] = []
  readonly notifications: Notification[] = []
  readonly subscriber: Subscriber

  constructor(expires = 3_600, route?: string) {
    this.notifier = new Phone(this.wire, pbx)
    this.subscriber = this.endpoint.subscribe(
      {
        uri: route === undefined ? `sip:alice@${pbx}` : 'sip:alice@example.com',
        ...(route !== undefined && { route }),
        from: '<sip:carillon@example.com>',
        to: '<sip:alice@example.com>',
        event: 'dialog',
        accept: ['application/dialog-info+xml'],
      },
      expires,
      {
        notified: notification => {
          this.notifications.push(notification)
          this.told.push(`${notification.state} ${notification.body?.text ?? '-'}`)
        },
        begun: () => this.told.push('begun'),
        denied: () => this.told.push('denied'),
      },
    )
    this.wire.clock.pass(3)
  }

  get asked(): SipRequest {
    return this.notifier.request('SUBSCRIBE')
  }

  get count(): number {
    return this.notifier.got.filter(message => message.kind === 'request' && message.method === 'SUBSCRIBE').length
  }

  answer(status: number, ...headers: string[]): void {
    this.notifier.answer(this.asked, status, 'n1', { headers })
  }

  notify(state: string, words: Words & { readonly tag?: string; readonly event?: string } = {}): void {
    const { tag = 'n1', event = 'dialog', headers = [], ...rest } = words
    this.notifier.ask(
      'NOTIFY',
      us,
      reverse(this.asked, (this.asked.headers.first('To') ?? '').includes(';tag=') ? undefined : tag),
      {
        type: 'application/dialog-info+xml',
        ...rest,
        headers: [`Event: ${event}`, `Subscription-State: ${state}`, `Contact: <sip:notifier@${pbx}>`, ...headers],
      },
    )
  }

  /** Waits for a new SUBSCRIBE, not counting retransmissions. Returns the time that it took. */
  next(within: number): number {
    const before = cseqAndCall(this.asked)
    for (let passed = 0; passed <= within; passed += 100) {
      if (cseqAndCall(this.asked) !== before) return passed
      this.wire.clock.pass(100)
    }
    return assert.fail(`no new SUBSCRIBE within ${within} ms`)
  }

  establish(expires = 3_600): void {
    this.answer(200, `Expires: ${expires}`)
    this.notify(`active;expires=${expires}`, { body: 'first' })
  }

  lastStatus(): string {
    return this.notifier.heard().at(-1) ?? ''
  }
}

const cseqAndCall = ({ headers }: SipRequest): string => `${headers.first('CSeq') ?? ''} ${headers.first('Call-ID') ?? ''}`
