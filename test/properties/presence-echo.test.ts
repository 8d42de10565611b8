import assert from 'node:assert/strict'
import fc from 'fast-check'
import { asteriskDialect, kamailioDialect } from '../fakes/pbx-documents.js'
import { BehindPbx } from '../unit/presence/behind-pbx.js'

type Move =
  | { readonly kind: 'dial' | 'answer' | 'agentHangsUp' | 'callerLeaves' }
  | { readonly kind: 'refuse'; readonly status: number }
  | { readonly kind: 'pass'; readonly ms: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constantFrom('dial' as const, 'dial' as const, 'answer' as const, 'agentHangsUp' as const) }),
  fc.record({ kind: fc.constant('callerLeaves' as const) }),
  fc.record({ kind: fc.constant('refuse' as const), status: fc.constantFrom(486, 503, 603) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 300, 2_500, 11_000, 26_000, 40_000) }),
)
const dialects = fc.constantFrom(
  ...[
    { name: 'Asterisk', dialect: asteriskDialect() },
    { name: 'Asterisk with device_state_busy_at=1', dialect: asteriskDialect(1) },
    { name: 'Kamailio', dialect: kamailioDialect },
  ],
)

/** All calls of the agents are ours. Returns what was seen. */
function play(pbx: BehindPbx, moves: readonly Move[]): BehindPbx {
  for (const each of moves) {
    if (each.kind === 'pass') pbx.clock.pass(each.ms)
    else if (each.kind === 'refuse') pbx.refuse(each.status)
    else pbx[each.kind]()
    pbx.tidy()
  }
  return pbx
}

/** An offer is withdrawn only when its caller left. */
function assertRangOn(pbx: BehindPbx): void {
  const left = pbx.shell.facts('callFinished').filter(({ why }) => why === 'abandoned').length
  const withdrawn = pbx.ends().filter(why => why === 'withdrawn').length
  assert.ok(withdrawn <= left, `${withdrawn} offers were withdrawn, ${left} callers left`)
}

describe('presence that reports our own calls (own-ringing-is-no-reason)', () => {
  it('never ends an offer, however late it comes', () => {
    fc.assert(
      fc.property(dialects, fc.integer({ min: 0, max: 60_000 }), fc.nat({ max: 5_000 }), fc.array(move, { maxLength: 30 }), (told, lag, jitter, moves) => {
        let n = 0
        const delay = (): number => lag + ((n += 7_919) % (jitter + 1))
        assertRangOn(play(new BehindPbx(told.dialect, delay), moves))
      }),
    ) // prettier-ignore
  })

  it('makes no agent busy for the next call when it comes within ten seconds', () => {
    fc.assert(
      fc.property(dialects, fc.integer({ min: 0, max: 9_900 }), fc.array(move, { maxLength: 30 }), (told, lag, moves) => {
        const pbx = play(new BehindPbx(told.dialect, () => lag), moves)
        assert.deepEqual([...new Set(pbx.told)].filter(state => state !== 'available'), [])
        assertRangOn(pbx)
      }),
    ) // prettier-ignore
  })
})
