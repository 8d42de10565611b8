import assert from 'node:assert/strict'

/** What the peer receives and what the owner is told, in order, and the section that requires it. */
export interface Cell {
  readonly hears?: readonly string[]
  readonly tells?: readonly string[]
  readonly rule: string
}

/** Makes one test for each cell. `play` runs the event and returns what happened. */
export function testCells<Row extends string, Event extends string>(
  cells: Readonly<Record<Row, Readonly<Record<Event, Cell>>>>,
  play: (row: Row, event: Event) => { readonly hears: readonly string[]; readonly tells: readonly string[] },
): void {
  for (const row of keys(cells))
    describe(`while ${row}`, () => {
      for (const event of keys(cells[row])) {
        const { hears = [], tells = [], rule } = cells[row][event]
        const said = [...hears.map(line => `sends ${line}`), ...tells.map(line => `tells ${line}`)]
        it(`${event}: ${said.join(', ') || 'changes nothing'} (${rule})`, () => {
          assert.deepEqual(play(row, event), { hears, tells })
        })
      }
    })
}

const keys = <K extends string>(of: Readonly<Record<K, unknown>>): K[] => Object.keys(of) as K[]
