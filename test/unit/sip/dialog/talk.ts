import assert from 'node:assert/strict'
import type { Millis } from '../../../../src/foundation/time.js'
import type { InboundInfo } from '../../../../src/legs/info.js'
import type { InboundRefer, Leg } from '../../../../src/legs/leg.js'
import type { InboundRenegotiation } from '../../../../src/legs/renegotiation.js'
import { Phone, sdp, sdpText, Wire, type Dialogue, type Words } from './wire.js'

export const us = '192.0.2.1'

export interface TalkOptions {
  /** Header fields of the INVITE or its 200, such as Record-Route. */
  readonly headers?: readonly string[]
  /** Branch of the INVITE's Via. Default: a new one. */
  readonly branch?: string
  /** Whether our owner listens for re-INVITEs and INFO. Default: yes. */
  readonly listening?: boolean
  /** The address of record of the phone that we call, if it registered here. */
  readonly account?: string
  /** The endpoint's setting. */
  readonly sessionExpires?: Millis
}

/** A confirmed session between an endpoint and a phone, begun by either. The phone's CSeq numbers continue from 10. */
export class Talk {
  readonly wire = new Wire()
  readonly endpoint
  readonly phone = new Phone(this.wire, '192.0.2.2')
  readonly told: string[] = []
  readonly renegotiations: InboundRenegotiation[] = []
  readonly infos: InboundInfo[] = []
  readonly refers: InboundRefer[] = []
  /** Sends the delayed ACK of our last re-INVITE. */
  acknowledge = (): void => undefined
  #session: Leg | undefined
  #dialogue: Dialogue | undefined
  #cseq = 10

  private constructor(private readonly options: TalkOptions) {
    const { sessionExpires } = options
    this.endpoint = this.wire.site(us, { ...(sessionExpires !== undefined && { calls: { sessionExpires } }) })
  }

  /** The phone called us. */
  static inbound(options: TalkOptions = {}): Talk {
    const talk = new Talk(options)
    const between = { from: '<sip:caller@192.0.2.2>;tag=carol1', to: '<sip:support@example.com>', callId: 'call-1' }
    const { branch } = options
    talk.endpoint.onInvite(invite => talk.#watch(invite.answer(sdp('us'))))
    talk.phone.ask(
      'INVITE',
      us,
      { ...between, ...(branch !== undefined && { branch }) },
      { cseq: 10, body: sdpText('carol'), headers: options.headers ?? [] },
    )
    talk.#dialogue = { ...between, to: talk.phone.response(200).headers.first('To') ?? '' }
    talk.phone.ask('ACK', us, talk.#dialogue, { cseq: 10 })
    talk.phone.heard()
    return talk
  }

  /** We called the phone. */
  static outbound(options: TalkOptions = {}): Talk {
    const talk = new Talk(options)
    talk.endpoint.invite(
      {
        ...{ uri: 'sip:bob@192.0.2.2', from: '<sip:us@192.0.2.1>', to: '<sip:bob@192.0.2.2>', headers: [], body: sdp('us') },
        ...(options.account !== undefined && { way: { account: options.account } }),
      },
      {
        answered: leg => {
          talk.#watch(leg)
          leg.acknowledge()
        },
        refused: ({ status }) => assert.fail(`refused ${status}`),
      },
    )
    talk.pass(3)
    const invite = talk.phone.request('INVITE')
    talk.phone.answer(invite, 200, 'bob1', { body: sdpText('bob'), headers: options.headers ?? [] })
    const { headers } = invite
    talk.#dialogue = {
      from: `${headers.first('To') ?? ''};tag=bob1`,
      to: headers.first('From') ?? '',
      callId: headers.first('Call-ID') ?? '',
    }
    talk.pass(3)
    talk.phone.heard()
    return talk
  }

  get session(): Leg {
    return this.#session ?? assert.fail('no session')
  }

  get dialogue(): Dialogue {
    return this.#dialogue ?? assert.fail('no dialog')
  }

  pass(ms: number): void {
    this.wire.clock.pass(ms)
  }

  /** The phone sends a request with its next number or with the given one. An ACK gets the number that it names. */
  ask(method: string, words: Words = {}, branch?: string): void {
    if (words.cseq === undefined) this.#cseq += 1
    const between = branch === undefined ? this.dialogue : { ...this.dialogue, branch }
    this.phone.ask(method, us, between, { cseq: this.#cseq, ...words })
  }

  /** The phone sends the ACK for our 200 to its last request. */
  ack(words: Words = {}): void {
    this.phone.ask('ACK', us, this.dialogue, { cseq: this.#cseq, ...words })
  }

  /** Sends our re-INVITE. Its outcome is recorded. */
  renegotiate(body = sdp('us'), acknowledge = true): void {
    this.session.renegotiate(body, outcome => {
      this.told.push(
        outcome.kind === 'rejected' ? `rejected ${outcome.status}` : `accepted ${outcome.body?.text.slice(7, 10) ?? ''}`,
      )
      if (outcome.kind !== 'accepted') return
      if (acknowledge) outcome.acknowledge()
      else this.acknowledge = () => outcome.acknowledge()
    })
    this.pass(3)
  }

  /** Ends whatever is pending. Nothing may be left. */
  close(): void {
    this.#session?.hangUp()
    this.pass(250_000)
    assert.deepEqual([this.endpoint.openLegs, this.endpoint.transactions, this.wire.clock.size], [0, 0, 0])
  }

  #watch(session: Leg): void {
    this.#session = session
    const { listening = true } = this.options
    session.listen({
      ...(listening && {
        renegotiation: (request: InboundRenegotiation) => void this.renegotiations.push(request),
        info: (request: InboundInfo) => void this.infos.push(request),
        refer: (request: InboundRefer) => void this.refers.push(request),
      }),
      ended: end => this.told.push(end.kind === 'lost' ? `lost ${end.why}` : end.kind),
    })
  }
}
