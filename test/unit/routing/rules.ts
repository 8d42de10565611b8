/**
 * The rules of docs/response-group.md that the tables of the core's tests name, each by words that stand in its section. rules.test.ts
 * looks for them, so that a table never names a rule that has changed.
 */
export const rules = {
  homedOnline: [1, 'An agent with `homed: online` stays in the lists with that reason, and is never offered a call.'],
  formal: [1, 'The group rings the agent only while the agent is signed in to it.'],
  informal: [1, 'An *informal* agent is signed in to the group automatically while signed in to the SIP system'],
  notFollowed: [1, "A 3xx from the agent's side counts as a refusal and is never followed."],
  allGroups: [1, 'A call of any group counts in all groups'],
  wrapUp: [1, 'nothing is offered to an agent for a time after a call, until the time or the agent ends it'],
  longestIdle: [2, 'longest idle first: the longest time in Available or Inactive without a break'],
  parallel: [2, 'the first to accept wins and the others stop ringing; the offer ends for all at the alert time'],
  roundRobin: [2, 'the agent after the last offered one, in list order, then from the top again'],
  pointer: [2, 'moves when an agent is offered a call'],
  serial: [2, 'list order, from the top for each call'],
  attendant: [2, 'all signed-in agents at once, whatever their presence, except Do Not Disturb and Offline'],
  anyOrder: [2, 'agents see all waiting calls and take them in any order; the first to accept wins'],
  oneOffer: [2, 'An agent has at most one offer at a time.'],
  attendantOffers: [2, 'several waiting calls may ring at one agent (`attendantOffers`, default 3'],
  presence: [2, '| Busy, in a call, in a conference, in a meeting | no | yes |'],
  timeout: [3, 'The time-out fires on time, also while a phone rings; the ringing then stops'],
  overflow: [3, 'how many calls may wait, 0–1,000. 0: no call waits. A call that an agent is offered at once does not count'],
  candidate: [3, '`newest` (the arriving call) or `oldest`'],
  noAgents: [3, 'it also applies to waiting callers when the last agent signs out'],
  firstIn: [3, 'An agent who becomes free gets the oldest call that may go to that agent, across all queues.'],
  search: [3, 'When every eligible agent of a group was tried (alert time over, refused, failed), the next group follows'],
  refused: [3, 'The call does not return to that agent within the ring-back grace period'],
  missed: [3, 'the call does not return to that agent before the other eligible agents were tried, and not within 5 s'],
  device: [3, 'The agent counts as not reachable for 30 s'],
  music: [3, 'While all agents are busy, away or signed out, the caller waits with music.'],
  tenQueues: [3, 'A call that has passed 10 queues is disconnected'],
  inactive: [4, 'an inactive workflow answers 480'],
  closed: [4, 'Outside the hours: an optional prompt, then any action, also a queue'],
  welcome: [4, "played to its end; a caller can't skip it"],
  key: [4, 'Carillon plays the question; a key interrupts it.'],
  wrongKey: [
    4,
    'After a wrong key the `invalid` prompt follows, after silence the `noAnswer` prompt, and then the question again.',
  ],
  silence: [4, 'Silence means 5 s after the prompt without a key.'],
  fiveWrong: [4, 'After five wrong or missing keys in all, the call is disconnected.'],
  answers: [4, 'The agent gets the questions and answers as call context'],
  losers: [5, 'In a parallel offer, phones that lose get CANCEL'],
  bye: [5, 'BYE from either side ends both legs.'],
  transfers: [5, 'Agents may transfer calls (REFER, with and without Replaces)'],
  inAnyCall: [5, 'is in a call like any other agent: no call is offered, and wrap-up follows a call that the agent took'],
} as const satisfies Readonly<Record<string, readonly [section: number, words: string]>>

export type Rule = keyof typeof rules

/** The rule as a test title names it: `§3 refused`. */
export const titleOf = (rule: Rule): string => `§${rules[rule][0]} ${rule}`
