import { noBody, pause, receive, scenario, sdp, send, type Step } from './steps.js'

export interface DeskPhone {
  readonly name: string
  readonly password: string
}

const via = (branch: string): string =>
  `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-${branch};rport`

const contact = ({ name }: DeskPhone): string => `Contact: <sip:${name}@[local_ip]:[local_port];transport=[transport]>`
/** SIPp's answer to the last challenge. Run SIPp with `-auth_uri` set to the Request-URI (RFC 7616 §3.4.5). */
const shown = ({ name, password }: DeskPhone): string => `[authentication username=${name} password=${password}]`

const dialogOf = ({ name }: DeskPhone, peerTag = ''): readonly string[] => [
  `From: <sip:${name}@example.com>;tag=[pid]desk[call_number]`,
  `To: <sip:[service]@example.com>${peerTag}`,
  'Call-ID: [call_id]',
  'Max-Forwards: 70',
]

/** An INVITE with these header fields that is challenged with 401 and sent again with the password. */
function invites(phone: DeskPhone, headers: readonly string[]): readonly Step[] {
  const invite = (cseq: number, more: readonly string[] = []): Step =>
    send(
      [
        'INVITE sip:[service]@example.com SIP/2.0',
        ...[
          via(`invite${cseq}`),
          ...dialogOf(phone),
          `CSeq: ${cseq} INVITE`,
          contact(phone),
          ...headers,
          ...more,
          ...sdp(phone.name),
        ],
      ],
      { retransmit: 500 },
    )
  return [
    invite(1),
    receive(100, { optional: true }),
    receive(401, { challenges: true }),
    ackFor(phone, 1),
    invite(2, [shown(phone)]),
  ]
}

/** The ACK for a failure. */
const ackFor = (phone: DeskPhone, cseq: number): Step =>
  send([
    'ACK sip:[service]@example.com SIP/2.0',
    ...[via(`invite${cseq}`), ...dialogOf(phone, '[peer_tag_param]'), `CSeq: ${cseq} ACK`, ...noBody],
  ])

const within = (phone: DeskPhone, method: string, cseq: number): Step =>
  send([
    `${method} [next_url] SIP/2.0`,
    ...[via(`${method}${cseq}`), '[routes]', ...dialogOf(phone, '[peer_tag_param]'), `CSeq: ${cseq} ${method}`],
    ...[contact(phone), ...noBody],
  ])

/** The phone picks up a call with its password, talks for this many ms and hangs up. The headers are those of the INVITE. */
export function picksUp(phone: DeskPhone, headers: readonly string[], talk: number): string {
  return scenario('picks up', [
    ...invites(phone, headers),
    ...[100, 180].map(status => receive(status, { optional: true })),
    receive(200, { keepRoute: true }),
    ...[within(phone, 'ACK', 2), pause(talk), within(phone, 'BYE', 3), receive(200)],
  ])
}

/** The same, refused with this status although the password is right. */
export function mayNotPickUp(phone: DeskPhone, headers: readonly string[], status: number): string {
  return scenario(`may not pick up ${status}`, [
    ...invites(phone, headers),
    receive(100, { optional: true }),
    receive(status),
    ackFor(phone, 2),
  ])
}

/** A phone of no agent. It sends the INVITE once, with a name of its own, and gets this status. */
export function strangerMayNotPickUp(name: string, headers: readonly string[], status: number): string {
  const stranger = { name, password: '' }
  const invite = send(
    [
      'INVITE sip:[service]@example.com SIP/2.0',
      ...[via('invite1'), ...dialogOf(stranger), 'CSeq: 1 INVITE', contact(stranger), ...headers, ...sdp(name)],
    ],
    { retransmit: 500 },
  )
  return scenario(`a stranger is refused ${status}`, [
    invite,
    receive(100, { optional: true }),
    receive(status),
    ackFor(stranger, 1),
  ])
}
