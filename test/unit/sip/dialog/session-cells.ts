import assert from 'node:assert/strict'
import { sdp, sdpText } from './wire.js'
import type { Talk } from './talk.js'

/** What is pending between both sides: offers and answers after the first INVITE, and the end. */
export type Situation =
  | 'nothing is open'
  | 'our re-INVITE is open'
  | 'our re-INVITE got 100'
  | 'we owe the ACK'
  | 'their re-INVITE is open'
  | 'their UPDATE is open'
  | 'they owe the ACK'
  | 'they sent BYE'
  | 'we sent BYE'

export type Event =
  | 'a re-INVITE'
  | 'an UPDATE with an offer'
  | 'an UPDATE without an offer'
  | 'an INFO'
  | 'a REFER'
  | 'an OPTIONS'
  | 'a BYE'
  | 'an ACK'
  | 'a 200 to our re-INVITE'
  | 'a 491 to our re-INVITE'
  | 'a 481 to our re-INVITE'
  | 'our re-INVITE'
  | 'our ACK'
  | 'our 200 to theirs'
  | 'our 488 to theirs'
  | 'our INFO'
  | 'our BYE'

const offer = { body: sdpText('hold') }
const ours = (talk: Talk) => talk.phone.request('INVITE')
const theirs = (talk: Talk) => talk.renegotiations.at(-1) ?? assert.fail('the phone has no open request')
const accept = (talk: Talk): void => theirs(talk).accept(sdp('held'), () => void talk.told.push('confirmed'))

export const bring: Readonly<Record<Situation, (talk: Talk) => void>> = {
  'nothing is open': () => undefined,
  'our re-INVITE is open': talk => talk.renegotiate(sdp('us'), false),
  'our re-INVITE got 100': talk => {
    talk.renegotiate(sdp('us'), false)
    talk.phone.answer(ours(talk), 100, '')
  },
  'we owe the ACK': talk => {
    talk.renegotiate(sdp('us'), false)
    talk.phone.answer(ours(talk), 200, '', { body: sdpText('bob') })
  },
  'their re-INVITE is open': talk => talk.ask('INVITE', offer),
  'their UPDATE is open': talk => talk.ask('UPDATE', offer),
  'they owe the ACK': talk => {
    talk.ask('INVITE', offer)
    accept(talk)
  },
  'they sent BYE': talk => talk.ask('BYE'),
  'we sent BYE': talk => talk.session.hangUp(),
}

export const give: Readonly<Record<Event, (talk: Talk) => void>> = {
  'a re-INVITE': talk => talk.ask('INVITE', offer),
  'an UPDATE with an offer': talk => talk.ask('UPDATE', offer),
  'an UPDATE without an offer': talk => talk.ask('UPDATE'),
  'an INFO': talk => {
    talk.ask('INFO')
    talk.infos.at(-1)?.respond(200)
  },
  'a REFER': talk => {
    talk.ask('REFER', { headers: ['Refer-To: <sip:dave@192.0.2.9>'] })
    talk.refers.at(-1)?.reject(603)
  },
  'an OPTIONS': talk => talk.ask('OPTIONS'),
  'a BYE': talk => talk.ask('BYE'),
  'an ACK': talk => talk.ack(),
  'a 200 to our re-INVITE': talk => talk.phone.answer(ours(talk), 200, '', { body: sdpText('bob') }),
  'a 491 to our re-INVITE': talk => talk.phone.answer(ours(talk), 491, ''),
  'a 481 to our re-INVITE': talk => talk.phone.answer(ours(talk), 481, ''),
  'our re-INVITE': talk => talk.renegotiate(sdp('us'), false),
  'our ACK': talk => talk.acknowledge(),
  'our 200 to theirs': accept,
  'our 488 to theirs': talk => theirs(talk).reject(488),
  'our INFO': talk => talk.session.info(undefined, [], status => void talk.told.push(`INFO ${status}`)),
  'our BYE': talk => talk.session.hangUp(),
}

/** What the phone receives, and what the owner of the session is told or asked, in order. */
export interface Outcome {
  readonly hears?: readonly string[]
  readonly tells?: readonly string[]
  /** The owner must answer this: a re-INVITE or UPDATE, an INFO, a REFER. */
  readonly asks?: 'renegotiation' | 'info' | 'refer'
  /** The section that requires it. */
  readonly rule: string
}

/** `impossible`: there is no request to which this could be the response. */
export type Cell = Outcome | 'impossible'

const glare = 'RFC 3261 §14.2'
const update = 'RFC 3311 §5.2'
const stray = { rule: 'RFC 3261 §13.2.2.4' }
/** Our own request is pending, or an ACK is on its way. */
const refused491 = {
  'a re-INVITE': { hears: ['100 INVITE', '491 INVITE'], rule: glare },
  'an UPDATE with an offer': { hears: ['491 UPDATE'], rule: update },
  'our re-INVITE': { tells: ['rejected 491'], rule: 'RFC 3261 §14.1' },
} as const
/** Their request is pending. */
const refused500 = {
  'a re-INVITE': { hears: ['100 INVITE', '500 INVITE'], rule: glare },
  'an UPDATE with an offer': { hears: ['500 UPDATE'], rule: update },
  'our re-INVITE': { tells: ['rejected 491'], rule: 'RFC 3261 §14.1' },
} as const
const noneOfOurs = {
  'a 200 to our re-INVITE': 'impossible',
  'a 491 to our re-INVITE': 'impossible',
  'a 481 to our re-INVITE': 'impossible',
  'our ACK': stray,
} as const
const noneOfTheirs = { 'our 200 to theirs': 'impossible', 'our 488 to theirs': 'impossible' } as const
/** Events that do not depend on offers and answers. */
const always = {
  'an UPDATE without an offer': { hears: ['200 UPDATE'], rule: 'RFC 4028 §7.4' },
  'an INFO': { hears: ['200 INFO'], asks: 'info', rule: 'RFC 6086 §4.2.2' },
  'a REFER': { hears: ['603 REFER'], asks: 'refer', rule: 'RFC 3515 §2.4.2' },
  'an OPTIONS': { hears: ['200 OPTIONS'], rule: 'RFC 3261 §11.2' },
  'an ACK': stray,
  'our INFO': { hears: ['INFO'], rule: 'RFC 6086 §4.2.1' },
} as const
const answersToOurs = {
  'a 200 to our re-INVITE': { tells: ['accepted bob'], rule: 'RFC 3261 §14.1' },
  'a 491 to our re-INVITE': { hears: ['ACK'], tells: ['rejected 491'], rule: 'RFC 3261 §14.1' },
  'a 481 to our re-INVITE': { hears: ['ACK', 'BYE'], tells: ['rejected 481', 'lost noDialog'], rule: 'RFC 3261 §12.2.1.2' },
  'our ACK': stray,
} as const
const bye = (hears: readonly string[], tells: readonly string[] = [], rule = 'RFC 3261 §15.1.2'): Outcome => ({
  hears,
  tells,
  rule,
})
const over = {
  'a re-INVITE': { hears: ['100 INVITE', '481 INVITE'], rule: 'RFC 3261 §12.2.2' },
  'an UPDATE with an offer': { hears: ['481 UPDATE'], rule: 'RFC 3261 §12.2.2' },
  'an UPDATE without an offer': { hears: ['481 UPDATE'], rule: 'RFC 3261 §12.2.2' },
  'an INFO': { hears: ['481 INFO'], rule: 'RFC 3261 §12.2.2' },
  'a REFER': { hears: ['481 REFER'], rule: 'RFC 3261 §12.2.2' },
  'an OPTIONS': { hears: ['481 OPTIONS'], rule: 'RFC 3261 §12.2.2' },
  'an ACK': stray,
  ...noneOfOurs,
  ...noneOfTheirs,
  'our re-INVITE': { tells: ['rejected 481'], rule: 'RFC 3261 §15' },
  'our INFO': { tells: ['INFO 481'], rule: 'RFC 3261 §15' },
  'our BYE': { rule: 'RFC 3261 §15' },
} as const

export const cells: Readonly<Record<Situation, Readonly<Record<Event, Cell>>>> = {
  'nothing is open': {
    ...always,
    ...noneOfOurs,
    ...noneOfTheirs,
    'a re-INVITE': { hears: ['100 INVITE'], asks: 'renegotiation', rule: glare },
    'an UPDATE with an offer': { asks: 'renegotiation', rule: update },
    'our re-INVITE': { hears: ['INVITE'], rule: 'RFC 3261 §14.1' },
    'a BYE': bye(['200 BYE'], ['hungUp']),
    'our BYE': bye(['BYE'], ['hungUpByUs'], 'RFC 3261 §15.1.1'),
  },
  'our re-INVITE is open': {
    ...always,
    ...refused491,
    ...answersToOurs,
    ...noneOfTheirs,
    // The CANCEL waits for the first response (§9.1).
    'a BYE': bye(['200 BYE'], ['hungUp']),
    'our BYE': bye(['BYE'], ['hungUpByUs'], 'RFC 3261 §15.1.1'),
  },
  'our re-INVITE got 100': {
    ...always,
    ...refused491,
    ...answersToOurs,
    ...noneOfTheirs,
    'a BYE': bye(['200 BYE', 'CANCEL'], ['hungUp'], 'RFC 3261 §9.1'),
    'our BYE': bye(['BYE', 'CANCEL'], ['hungUpByUs'], 'RFC 3261 §9.1'),
  },
  'we owe the ACK': {
    ...always,
    ...refused491,
    ...noneOfTheirs,
    // A repeated 200 gets the ACK once the owner has given it.
    'a 200 to our re-INVITE': stray,
    'a 491 to our re-INVITE': { rule: 'RFC 6026 §8.4' },
    'a 481 to our re-INVITE': { rule: 'RFC 6026 §8.4' },
    'our ACK': { hears: ['ACK'], rule: 'RFC 3261 §13.2.2.4' },
    'a BYE': bye(['200 BYE', 'ACK'], ['hungUp'], 'RFC 3261 §13.2.2.4'),
    'our BYE': bye(['ACK', 'BYE'], ['hungUpByUs'], 'RFC 3261 §13.2.2.4'),
  },
  'their re-INVITE is open': {
    ...always,
    ...refused500,
    ...noneOfOurs,
    'our 200 to theirs': { hears: ['200 INVITE'], rule: glare },
    'our 488 to theirs': { hears: ['488 INVITE'], rule: glare },
    'a BYE': bye(['200 BYE', '487 INVITE'], ['hungUp']),
    'our BYE': bye(['487 INVITE', 'BYE'], ['hungUpByUs'], 'RFC 3261 §15.1.1'),
  },
  'their UPDATE is open': {
    ...always,
    ...refused500,
    ...noneOfOurs,
    // There is no ACK to wait for.
    'our 200 to theirs': { hears: ['200 UPDATE'], tells: ['confirmed'], rule: update },
    'our 488 to theirs': { hears: ['488 UPDATE'], rule: update },
    'a BYE': bye(['200 BYE', '487 UPDATE'], ['hungUp']),
    'our BYE': bye(['487 UPDATE', 'BYE'], ['hungUpByUs'], 'RFC 3261 §15.1.1'),
  },
  'they owe the ACK': {
    ...always,
    ...refused491,
    ...noneOfOurs,
    'an ACK': { tells: ['confirmed'], rule: 'RFC 3261 §13.3.1.4' },
    // It has been answered.
    'our 200 to theirs': { rule: 'RFC 3261 §17.2.1' },
    'our 488 to theirs': { rule: 'RFC 3261 §17.2.1' },
    'a BYE': bye(['200 BYE'], ['hungUp']),
    // It is sent after the ACK, or when the wait is over.
    'our BYE': bye([], [], 'RFC 3261 §15'),
  },
  'they sent BYE': { ...over, 'a BYE': bye(['481 BYE']) },
  // The dialog exists until their response, because two BYEs may cross.
  'we sent BYE': { ...over, 'a BYE': bye(['200 BYE']) },
}
