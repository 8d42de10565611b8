import { label, noBody, pause, receive, scenario, sdp, send, type ReceiveOptions, type SendOptions, type Step } from './steps.js'

const dialled = '<sip:[service]@example.com>'
const caller = '"Ann Caller" <sip:+15550100[call_number]@[local_ip]:[local_port]>;tag=[pid]caller[call_number]'
const contact = 'Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>'
const via = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport'
/** CANCEL and the ACK for a failure belong to the INVITE's transaction, so they have the same branch (RFC 3261 §9.1, §17.1.1.3). */
const inviteVia = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-invite;rport'

/** The caller's INVITE. Without a body the offer comes later, in the 200. */
export function invite(body: readonly string[] = sdp('caller'), options: SendOptions = {}): Step {
  const head = [
    'INVITE sip:[service]@example.com SIP/2.0',
    inviteVia,
    `From: ${caller}`,
    `To: ${dialled}`,
    'Call-ID: [call_id]',
    'CSeq: 1 INVITE',
  ]
  return send([...head, contact, 'Max-Forwards: 70', 'Allow: INVITE, ACK, BYE, CANCEL, INFO', 'User-Agent: wire test', ...body], {
    retransmit: 500,
    ...options,
  })
}

/** A request in the dialog, after a response with a To tag. */
export function callerRequest(method: string, cseq: number, body: readonly string[] = noBody, options: SendOptions = {}): Step {
  const dialog = [
    `From: ${caller}`,
    `To: ${dialled}[peer_tag_param]`,
    'Call-ID: [call_id]',
    `CSeq: ${cseq} ${method}`,
    'Max-Forwards: 70',
  ]
  return send([`${method} [next_url] SIP/2.0`, via, '[routes]', ...dialog, contact, ...body], options)
}

function sameTransaction(method: 'CANCEL' | 'ACK', to: string): Step {
  const head = [`${method} sip:[service]@example.com SIP/2.0`, inviteVia]
  const rest = [`From: ${caller}`, `To: ${to}`, 'Call-ID: [call_id]', `CSeq: 1 ${method}`, 'Max-Forwards: 70', ...noBody]
  return send([...head, ...rest], method === 'CANCEL' ? { retransmit: 500 } : {})
}

export const cancel: Step = sameTransaction('CANCEL', dialled)
export const ackFailure: Step = sameTransaction('ACK', `${dialled}[peer_tag_param]`)
export const ack = (cseq = 1, body: readonly string[] = noBody, options: SendOptions = {}): Step =>
  callerRequest('ACK', cseq, body, options)
export const bye = (cseq = 2, options: SendOptions = {}): Step =>
  callerRequest('BYE', cseq, noBody, { retransmit: 500, ...options })
export const ok: Step = send([
  'SIP/2.0 200 OK',
  '[last_Via:]',
  '[last_From:]',
  '[last_To:]',
  '[last_Call-ID:]',
  '[last_CSeq:]',
  contact,
  ...noBody,
])
const provisional: readonly Step[] = [100, 180, 182, 183].map(status => receive(status, { optional: true }))
export const answered = (options: ReceiveOptions = {}): readonly Step[] => [
  ...provisional,
  receive(200, { keepRoute: true, ...options }),
]
/** 100, and then at most this many seconds until the phone rings or the call waits. */
const rung: readonly Step[] = [receive(100, { optional: true }), receive(182, { optional: true }), receive(180)]

/** Calls, is answered, talks for this many ms, and hangs up. */
export function talks(milliseconds = 50): string {
  return scenario('talks', [invite(), ...answered(), ack(), pause(milliseconds), bye(), receive(200)])
}

/** Calls, is answered, and waits for the other side to hang up. */
export function waitsForHangUp(): string {
  return scenario('waits for hang up', [invite(), ...answered(), ack(), receive('BYE'), ok])
}

/** Is refused with this status. */
export function isRefused(status: number): string {
  return scenario(`is refused ${status}`, [invite(), ...provisional, receive(status), ackFailure])
}

/** Sends CANCEL right after the INVITE. Run it with `-default_behaviors all,-abortunexp`, because other messages may come in between. */
export function cancelsAtOnce(): string {
  const both = [...provisional, receive(200), receive(487), ackFailure]
  // With retransmissions SIPp would wait for a response here.
  return scenario('cancels at once', [invite().replace(' retrans="500"', ''), cancel, ...both])
}

/** Cancels this many ms after 180 (or 182). */
export function cancelsWhileWaiting(after: number, headers: readonly string[] = []): string {
  return scenario('cancels while waiting', [
    invite([...headers, ...sdp('caller')]),
    receive(100, { optional: true }),
    receive(182, { optional: true, next: 'leaves' }),
    receive(180),
    label('leaves'),
    pause(after),
    cancel,
    receive(180, { optional: true }),
    receive(182, { optional: true }),
    receive(200),
    receive(487),
    ackFailure,
  ])
}

/**
 * The 200 for the INVITE is on its way while the caller cancels. The caller reads the 200 only afterwards (run it with
 * `-pause_msg_ign`), accepts the call and hangs up (RFC 3261 §9.1, §15). `toCancel`: the answer to the CANCEL.
 */
export function cancelsAcrossAnswer(after: number, toCancel = 200): string {
  return scenario('cancels across answer', [
    invite(),
    ...rung,
    pause(after),
    cancel,
    receive(toCancel),
    receive(200, { keepRoute: true }),
    ack(),
    bye(),
    receive(200),
  ])
}

/** Like `talks`, but this percentage of the named message is lost. */
export function talksWithLoss(loss: { readonly ack?: number; readonly bye?: number }): string {
  return scenario('talks with loss', [
    invite(),
    ...answered(),
    ack(1, noBody, loss.ack === undefined ? {} : { lost: loss.ack }),
    pause(700),
    bye(2, loss.bye === undefined ? {} : { lost: loss.bye }),
    receive(200),
  ])
}

/** Sends the ACK so late that the 200 is retransmitted, as if the first ACK had been lost. */
export function acknowledgesLate(after: number): string {
  return scenario('acknowledges late', [invite(), ...answered(), pause(after), ack(), pause(50), bye(), receive(200)])
}

/** Hangs up at the moment when the other side's BYE arrives: the two cross. */
export function hangsUpAcrossBye(): string {
  return scenario('hangs up across BYE', [
    invite(),
    ...answered(),
    ack(),
    receive('BYE', {
      remember: ['Via', 'From', 'To', 'CSeq'].map(header => ({ header, variable: `bye_${header.toLowerCase()}` })),
    }),
    bye(),
    receive(200),
    send([
      'SIP/2.0 200 OK',
      'Via:[$bye_via]',
      'From:[$bye_from]',
      'To:[$bye_to]',
      'Call-ID: [call_id]',
      'CSeq:[$bye_cseq]',
      ...noBody,
    ]),
  ])
}

/** Puts the agent on hold, resumes and hangs up. */
export function holds(): string {
  const reInvite = (cseq: number, direction: 'sendonly' | 'sendrecv'): Step[] => [
    callerRequest('INVITE', cseq, sdp('caller', direction, cseq), { retransmit: 500 }),
    receive(100, { optional: true }),
    receive(200),
    ack(cseq),
  ]
  return scenario('holds', [
    invite(),
    ...answered(),
    ack(),
    pause(50),
    ...reInvite(2, 'sendonly'),
    ...reInvite(3, 'sendrecv'),
    bye(4),
    receive(200),
  ])
}

/** Is put on hold, is resumed, and hangs up. */
export function isHeld(): string {
  const reInvite = (direction: 'recvonly' | 'sendrecv', version: number): Step[] => [
    receive('INVITE'),
    send(
      [
        'SIP/2.0 200 OK',
        '[last_Via:]',
        '[last_From:]',
        '[last_To:]',
        '[last_Call-ID:]',
        '[last_CSeq:]',
        contact,
        ...sdp('caller', direction, version),
      ],
      {
        retransmit: 500,
      },
    ),
    receive('ACK'),
  ]
  return scenario('is held', [
    invite(),
    ...answered(),
    ack(),
    ...reInvite('recvonly', 2),
    ...reInvite('sendrecv', 3),
    bye(),
    receive(200),
  ])
}

/** Sends an INVITE without SDP. The offer comes in the 200, the answer goes in the ACK. */
export function delaysOffer(): string {
  return scenario('delays its offer', [invite(noBody), ...answered(), ack(1, sdp('caller')), pause(50), bye(), receive(200)])
}

/** Sends OPTIONS outside a call. */
export function asksOptions(): string {
  const head = [
    'OPTIONS sip:example.com SIP/2.0',
    via,
    `From: ${caller}`,
    'To: <sip:example.com>',
    'Call-ID: [call_id]',
    'CSeq: 1 OPTIONS',
  ]
  return scenario('asks OPTIONS', [send([...head, contact, 'Max-Forwards: 70', ...noBody], { retransmit: 500 }), receive(200)])
}
