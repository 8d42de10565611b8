import assert from 'node:assert/strict'
import type { TimerName } from '../../../../src/sip/transaction/timers.js'
import { CellContext, hopOver, over, type Cell, type Driven, type Outcome, type Subject, type Transport } from './cells/cell.js'
import { inviteClient } from './cells/invite-client.js'
import { inviteServer } from './cells/invite-server.js'
import { nonInviteClient, nonInviteServer } from './cells/non-invite.js'

const transports: Readonly<Record<Transport, string>> = { udp: 'UDP', stream: 'a stream' }

const keys = <K extends string>(of: Readonly<Record<K, unknown>>): K[] => Object.keys(of) as K[]

/** The title of a cell's test. */
function says<S extends string>(event: string, { sends = [], tells = [], then, absorbs, returns, timers }: Outcome<S>): string {
  const parts = [
    ...(absorbs ? ['counts as a repetition'] : []),
    ...(returns && sends.length + tells.length === 0 ? ['is passed to the user'] : []),
    ...(sends.length > 0 ? [`sends ${sends.join(', ')}`] : []),
    ...(tells.length > 0 ? [`tells the user “${tells.join(', ')}”`] : []),
    ...(timers ? [`leaves ${timers.join(' and ')} ms running`] : []),
    ...(then === undefined ? [] : [`leads to “${then}”`]),
  ]
  return `${event} ${parts.length === 0 ? 'changes nothing' : parts.join(', ')}`
}

function cells<State extends string, Situation extends string, Act extends string, Timers extends TimerName>(
  subject: Subject<State, Situation, Act, Timers>,
): void {
  type Event = Act | `timer ${Timers}`
  const { rows, streamOnly } = subject

  const timersOf = (situation: Situation, transport: Transport): readonly string[] => over(transport, rows[situation].timers)

  function give({ acts }: Driven<State, Act>, context: CellContext, event: Event): boolean {
    if (event in acts) return acts[event as Act]() === true
    context.timers.fire(event.slice('timer '.length))
    return false
  }

  function bring(
    situation: Situation,
    transport: Transport,
  ): { readonly context: CellContext; readonly machine: Driven<State, Act> } {
    const context = new CellContext()
    const machine = subject.start(context, hopOver(transport))
    for (const event of over(transport, rows[situation].by)) give(machine, context, event)
    return { context, machine }
  }

  function check(situation: Situation, transport: Transport, event: Event, expected: Outcome<Situation>): void {
    const { context, machine } = bring(situation, transport)
    context.clear()
    const returned = give(machine, context, event)
    const { sends = [], tells = [], then = situation, timers = timersOf(then, transport), absorbs, returns = false } = expected
    const { state } = rows[then]
    assert.deepEqual(
      { sends: context.sent, tells: context.told, state: machine.state(), timers: context.running },
      { sends, tells, state, timers },
    )
    assert.equal(returned, returns)
    assert.equal(context.again.came, absorbs ? 1 : 0)
    assert.deepEqual(context.forgotten, state === 'terminated' ? ['k'] : [])
  }

  /** A timer that runs only over UDP has an empty outcome for streams. */
  const runsNot = (cell: Cell<Situation>, transport: Transport, event: Event): cell is 'idle' =>
    cell === 'idle' || (event.startsWith('timer ') && Object.keys(over(transport, cell)).length === 0)

  function row(situation: Situation, transport: Transport): void {
    const { rule, on, state } = rows[situation]
    it(`begins in state ${state} with timers ${timersOf(situation, transport).join(', ') || 'none'} (${rule})`, () => {
      const { context, machine } = bring(situation, transport)
      assert.deepEqual([machine.state(), context.running], [state, timersOf(situation, transport)])
    })
    for (const event of keys<Event>(on)) {
      const cell: Cell<Situation> = on[event]
      if (transport === 'udp' && streamOnly.some(each => each === event)) continue
      if (runsNot(cell, transport, event))
        it(`${event} does not run (${rule})`, () => {
          const { context } = bring(situation, transport)
          assert(!context.running.some(name => name.startsWith(`${event.slice('timer '.length)} `)))
        })
      else {
        const outcome = over<Outcome<Situation>>(transport, cell)
        it(`${says(event, outcome)} (${outcome.rule ?? rule})`, () => check(situation, transport, event, outcome))
      }
    }
  }

  function table(transport: Transport): void {
    for (const situation of keys<Situation>(rows)) {
      const { only } = rows[situation]
      if (!only || only.transport === transport) describe(`in “${situation}”`, () => row(situation, transport))
      else if (transport === 'stream')
        it(`“${situation}” does not exist, as ${only.because}`, () =>
          assert.equal(bring(situation, transport).machine.state(), 'terminated'))
    }
  }

  describe(`${subject.name}: each state with each event`, () => {
    for (const transport of keys(transports)) describe(`over ${transports[transport]}`, () => table(transport))
  })
}

cells(inviteClient)
cells(inviteServer)
cells(nonInviteClient)
cells(nonInviteServer)
