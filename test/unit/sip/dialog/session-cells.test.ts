import assert from 'node:assert/strict'
import { bring, cells, give, type Event, type Situation } from './session-cells.js'
import { Talk } from './talk.js'

const keys = <K extends string>(of: Readonly<Record<K, unknown>>): K[] => Object.keys(of) as K[]

const asked = ({ renegotiations, infos, refers }: Talk): number[] => [renegotiations.length, infos.length, refers.length]
const questions = ['renegotiation', 'info', 'refer']

/** Brings a session into a situation, runs one event, and returns what happened. */
function outcome(talk: Talk, situation: Situation, event: Event): object {
  bring[situation](talk)
  talk.pass(3)
  talk.phone.heard()
  talk.told.length = 0
  const before = asked(talk)
  give[event](talk)
  talk.pass(3)
  const asks = questions.filter((_, place) => asked(talk)[place] !== before[place])
  return { hears: talk.phone.heard(), tells: talk.told.slice(), asks }
}

for (const side of ['inbound', 'outbound'] as const)
  describe(`a session of an ${side} INVITE: each situation with each event`, () => {
    let talk: Talk
    beforeEach(() => {
      talk = Talk[side]()
    })
    afterEach(() => talk.close())

    for (const situation of keys(cells))
      describe(`while ${situation}`, () => {
        for (const event of keys(cells[situation])) {
          const cell = cells[situation][event]
          if (cell === 'impossible') continue
          const { hears = [], tells = [], asks, rule } = cell
          const said = [...(asks ? [`asks the owner (${asks})`] : []), ...hears.map(line => `sends ${line}`), ...tells]
          it(`${event}: ${said.join(', ') || 'changes nothing'} (${rule})`, () => {
            const expected = { hears, tells, asks: asks ? [asks] : [] }
            assert.deepEqual(outcome(talk, situation, event), expected)
          })
        }
      })
  })
