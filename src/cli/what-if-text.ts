import type { Course } from '../calls/what-if/courses.js'
import type { WhatIf } from '../calls/what-if/what-if.js'
import type { Paint } from './colours.js'
import { table } from './table.js'

/** The result as text: each call that would have gone another way, then the sums of both configs. */
export function whatIfText(file: string, { events, calls, notes }: WhatIf, paint?: Paint): string[] {
  const others = calls.filter(({ then, now }) => inWords(then) !== inWords(now))
  const rows = others.map(({ call, then, now, isAssumed }) => [
    ...[call, then.workflow, inWords(then), inWords(now)],
    isAssumed ? 'assumed' : 'as then',
  ])
  const assumed = calls.filter(({ isAssumed }) => isAssumed).length
  const left = `${assumed} of ${calls.length} calls rest on an assumed answer: the journal does not say what that agent would have done`
  return [
    `${file}: ${events} events, ${calls.length} ${calls.length === 1 ? 'call' : 'calls'}, ${others.length} of them would have gone another way`,
    ...(rows.length === 0 ? [] : [table(['CALL', 'WORKFLOW', 'THEN', 'NOW', 'ANSWERS'], rows, paint)]),
    '',
    sumsTable(
      calls.map(({ then }) => then),
      calls.map(({ now }) => now),
    ),
    ...(assumed > 0 ? [left] : []),
    ...notes.map(note => `note: ${note}`),
  ]
}

/** The course of a call in words, such as `sip:frank@example.com answered after 12 s`. */
function inWords({ end, agent, forwardedTo, waited, offered }: Course): string {
  const span = waited === undefined ? '' : ` after ${seconds(waited)}`
  if (agent !== undefined) return `${agent} answered${span}`
  if (forwardedTo !== undefined) return `forwarded to ${forwardedTo}`
  if (end !== undefined) return `${end}${span}`
  return offered.length > 0 ? `still rang ${offered.at(-1) ?? ''}` : 'still in progress'
}

const seconds = (span: number): string => `${Math.round(span / 1000)} s`

function sumsTable(then: readonly Course[], now: readonly Course[]): string {
  const lines: readonly (readonly [string, (courses: readonly Course[]) => string])[] = [
    ['answered by an agent', count(({ agent }) => agent !== undefined)],
    ['abandoned', count(({ end, agent }) => agent === undefined && end === 'abandoned')],
    ['forwarded', count(({ forwardedTo, agent }) => agent === undefined && forwardedTo !== undefined)],
    ['phones that rang', courses => String(courses.reduce((sum, { offered }) => sum + offered.length, 0))],
    [
      'average wait of answered calls',
      courses => answeredWait(courses, waits => waits.reduce((sum, each) => sum + each, 0) / waits.length),
    ],
    ['longest wait of answered calls', courses => answeredWait(courses, waits => Math.max(...waits))],
  ]
  return table(
    ['ALL CALLS', 'THEN', 'NOW'],
    lines.map(([what, of]) => [what, of(then), of(now)]),
  )
}

const count =
  (fits: (course: Course) => boolean) =>
  (courses: readonly Course[]): string =>
    String(courses.filter(fits).length)

function answeredWait(courses: readonly Course[], of: (waits: readonly number[]) => number): string {
  const waits = courses.flatMap(({ agent, waited }) => (agent === undefined || waited === undefined ? [] : [waited]))
  return waits.length === 0 ? '' : seconds(of(waits))
}
