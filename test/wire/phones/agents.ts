import {
  goTo,
  label,
  noBody,
  pause,
  receive,
  scenario,
  sdp,
  send,
  type ReceiveOptions,
  type SendOptions,
  type Step,
} from './steps.js'

const remembered = [
  { header: 'Via', variable: 'offer_via' },
  { header: 'From', variable: 'offer_from' },
  { header: 'To', variable: 'offer_to' },
  { header: 'CSeq', variable: 'offer_cseq' },
]
const tag = ';tag=[pid]agent[call_number]'
const contact = 'Contact: <sip:agent@[local_ip]:[local_port];transport=[transport]>'

/** The INVITE of an offer arrives. */
export const offered = (options: ReceiveOptions = {}): Step =>
  receive('INVITE', { keepRoute: true, remember: remembered, ...options })

/** A response to that INVITE, even if other requests came in between. */
export function answerOffer(status: number, phrase: string, body: readonly string[] = noBody, options: SendOptions = {}): Step {
  const head = [
    `SIP/2.0 ${status} ${phrase}`,
    'Via:[$offer_via]',
    'From:[$offer_from]',
    `To:[$offer_to]${tag}`,
    'Call-ID: [call_id]',
    'CSeq:[$offer_cseq]',
  ]
  return send([...head, contact, ...body], options)
}

/** A response to the last request. `body` must end the message. */
export function answerLast(status: number, phrase: string, body: readonly string[] = noBody, options: SendOptions = {}): Step {
  return send(
    [
      `SIP/2.0 ${status} ${phrase}`,
      '[last_Via:]',
      '[last_From:]',
      '[last_To:]',
      '[last_Call-ID:]',
      '[last_CSeq:]',
      contact,
      ...body,
    ],
    options,
  )
}

/** A request from the agent in the dialog, such as BYE or a re-INVITE. */
export function agentRequest(method: string, cseq: number, body: readonly string[] = noBody, options: SendOptions = {}): Step {
  const head = [`${method} [next_url] SIP/2.0`, 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]', '[routes]']
  const dialog = [
    `From:[$offer_to]${tag}`,
    'To:[$offer_from]',
    'Call-ID: [call_id]',
    `CSeq: ${cseq} ${method}`,
    'Max-Forwards: 70',
  ]
  return send([...head, ...dialog, contact, ...body], { retransmit: 500, ...options })
}

export const ringing: Step = answerOffer(180, 'Ringing')
export const accept = (owner: string, options: SendOptions = {}): Step =>
  answerOffer(200, 'OK', sdp(owner), { retransmit: 500, ...options })
export const ackComes: Step = receive('ACK')
export const byeComes = (options: ReceiveOptions = {}): Step => receive('BYE', options)
export const okBye: Step = answerLast(200, 'OK')
/** The other side hangs up, and the agent answers 200. */
export const hungUpOn: readonly Step[] = [byeComes(), okBye]
const cancelled: readonly Step[] = [
  answerLast(200, 'OK'),
  answerOffer(487, 'Request Terminated', noBody, { retransmit: 500 }),
  ackComes,
]

/** Rings for this time unless cancelled (then the scenario continues at `over`), and continues at the label `pickUp`. */
export const rings = (milliseconds: number): readonly Step[] => [
  offered(),
  ringing,
  receive('CANCEL', { within: Math.max(milliseconds, 1), otherwise: 'pickUp' }),
  ...cancelled,
  goTo('over'),
  label('pickUp'),
]

/** Rings, answers after this many ms, and talks until the other side hangs up. */
export function answers(after = 20, owner = 'agent'): string {
  return scenario('answers', [...rings(after), accept(owner), ackComes, ...hungUpOn, label('over')])
}

/** Rings, answers, talks for this many ms and hangs up. */
export function answersAndHangsUp(after: number, talk: number): string {
  const end = [pause(talk), agentRequest('BYE', 100), receive(200), label('over')]
  return scenario('answers and hangs up', [...rings(after), accept('agent'), ackComes, ...end])
}

/** Refuses at once: 486 busy, 603 decline, 404, 500, 302 … */
export function refuses(status: number, phrase: string): string {
  const headers = status >= 300 && status < 400 ? ['Contact: <sip:elsewhere@127.0.0.1:9>', ...noBody] : noBody
  return scenario(`refuses ${status}`, [offered(), answerOffer(status, phrase, headers, { retransmit: 500 }), ackComes])
}

/** Rings for this time unless cancelled, and then declines. */
export function declines(after: number): string {
  return scenario('declines', [
    ...rings(after),
    answerOffer(603, 'Decline', noBody, { retransmit: 500 }),
    ackComes,
    label('over'),
  ])
}

/** Rings until the offer is withdrawn. */
export function ringsOn(): string {
  return scenario('rings on', [offered(), ringing, receive('CANCEL'), ...cancelled])
}

/** Never responds to the INVITE. */
export function silent(): string {
  return scenario('silent', [offered()])
}

/** Sends only 100 until the offer is withdrawn. */
export function trying(): string {
  return scenario('trying', [offered(), answerOffer(100, 'Trying'), receive('CANCEL'), ...cancelled])
}

/** Answers at the moment of the CANCEL: its 200 for the INVITE crosses it. That late 200 must get an ACK and a BYE at once. */
export function answersAcrossCancel(): string {
  // The 200 for CANCEL goes first, because the ACK for the other 200 follows at once.
  const crossing = [answerLast(200, 'OK'), accept('late')]
  return scenario('answers across CANCEL', [offered(), ringing, receive('CANCEL'), ...crossing, ackComes, ...hungUpOn])
}

/** Answers at once. Answers a CANCEL that crossed. Ends when the other side hangs up, at once or after the talk. */
export function answersInARace(after: number, owner: string): string {
  return scenario('answers in a race', [
    offered(),
    ringing,
    receive('CANCEL', { within: after, otherwise: 'pickUp' }),
    ...cancelled,
    goTo('over'),
    label('pickUp'),
    accept(owner),
    label('talk'),
    receive('CANCEL', { optional: true, next: 'crossed' }),
    receive('ACK'),
    ...hungUpOn,
    goTo('over'),
    label('crossed'),
    answerLast(481, 'Call/Transaction Does Not Exist', noBody, { next: 'talk' }),
    label('over'),
  ])
}

/** Hangs up at the moment when the other side's BYE arrives: the two cross. */
export function hangsUpAcrossBye(): string {
  const crossing = [
    byeComes({
      remember: [
        { header: 'Via', variable: 'bye_via' },
        { header: 'CSeq', variable: 'bye_cseq' },
      ],
    }),
    agentRequest('BYE', 100),
    receive(200),
    send([
      'SIP/2.0 200 OK',
      'Via:[$bye_via]',
      'From:[$offer_from]',
      `To:[$offer_to]${tag}`,
      'Call-ID: [call_id]',
      'CSeq:[$bye_cseq]',
      ...noBody,
    ]),
  ]
  return scenario('hangs up across BYE', [...rings(20), accept('agent'), ackComes, ...crossing, label('over')])
}

/** Like `answers`, but this percentage of the named message is lost. A BYE may come even if every ACK was lost. */
export function answersWithLoss(loss: { readonly answer?: number; readonly ack?: number; readonly bye?: number }): string {
  return scenario('answers with loss', [
    ...rings(20),
    accept('agent', loss.answer === undefined ? {} : { lost: loss.answer }),
    receive('ACK', { optional: true, ...(loss.ack === undefined ? {} : { lost: loss.ack }) }),
    byeComes(loss.bye === undefined ? {} : { lost: loss.bye }),
    okBye,
    label('over'),
  ])
}

/** Answers, and accepts the caller's hold and resume (two re-INVITEs) with the matching directions. */
export function isHeld(): string {
  const reInvite = (direction: 'recvonly' | 'sendrecv', version: number): Step[] => [
    receive('INVITE', { keepRoute: true }),
    answerLast(200, 'OK', sdp('agent', direction, version), { retransmit: 500 }),
    ackComes,
  ]
  return scenario('is held', [
    ...rings(20),
    accept('agent'),
    ackComes,
    ...reInvite('recvonly', 2),
    ...reInvite('sendrecv', 3),
    ...hungUpOn,
    label('over'),
  ])
}

/** Answers, puts the caller on hold, resumes, and waits for the caller to hang up. */
export function holds(): string {
  const reInvite = (direction: 'sendonly' | 'sendrecv', version: number): Step[] => [
    agentRequest('INVITE', 100 + version, sdp('agent', direction, version)),
    receive(100, { optional: true }),
    receive(200),
    agentRequest('ACK', 100 + version, noBody, { retransmit: 0 }),
  ]
  return scenario('holds', [
    ...rings(20),
    accept('agent'),
    ackComes,
    ...reInvite('sendonly', 2),
    ...reInvite('sendrecv', 3),
    ...hungUpOn,
    label('over'),
  ])
}

/** Gets an INVITE without SDP, sends an offer in the 200, and must get the answer in the ACK. */
export function offersInAnswer(): string {
  const answerInAck =
    '<recv request="ACK"><action><ereg regexp="o=caller" search_in="body" check_it="true" assign_to="answer"/></action></recv>'
  return scenario('offers in its answer', [...rings(20), accept('agent'), answerInAck, ...hungUpOn, label('over')])
}
