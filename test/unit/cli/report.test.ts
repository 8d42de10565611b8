import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runCommand } from '../../../src/cli/command.js'
import { reportCommand } from '../../../src/cli/report.js'
import { field } from '../../../src/observability/csv.js'
import type { ReportRow } from '../../../src/observability/report.js'

const row: ReportRow = {
  ...{ from: '2026-11-23', name: 'support, "first" line', received: 5, successful: 4, offered: 2, answered: 2, transferred: 1 },
  ...{
    abandonedByLync: 0.6,
    abandoned: 0.2,
    serviceLevel: 0.333,
    serviceLevelWaits: 3,
    averageWait: 21,
    longestWait: 60,
    minutesPerAgent: 3,
    outbound: 0,
    outboundAnswered: 0,
    outboundMinutes: 0,
  },
}

describe('carillon report', () => {
  let server: Server
  let asked: string[]
  beforeEach(done => {
    asked = []
    server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end(JSON.stringify({ rows: [row] }))
    }).listen(0, '127.0.0.1', done)
  })
  afterEach(done => void server.close(done))

  /** Its output as in a file, and its exit code. */
  async function report(...options: readonly string[]): Promise<{ code: number; text: string }> {
    let text = ''
    const write = (line: string): void => void (text += `${line}\n`)
    const { port } = server.address() as AddressInfo
    const argv = ['report', '--from', '2026-11-01', '--to', '2026-12-01', '--server', `http://127.0.0.1:${port}`, ...options]
    const code = await runCommand([reportCommand({})], argv, { out: write, err: write })
    return { code, text }
  }

  it('sends the period, the key, the interval and the zone to the server', async () => {
    assert.equal((await report('--by', 'agent', '--interval', 'day', '--zone', 'Europe/Paris')).code, 0)
    const { pathname, searchParams } = new URL(asked[0] ?? '', 'http://localhost')
    assert.equal(pathname, '/api/report')
    assert.deepEqual(Object.fromEntries(searchParams), {
      ...{ from: '2026-11-01', to: '2026-12-01', by: 'agent', interval: 'day', zone: 'Europe/Paris' },
    })
  })

  it('prints a table for people', async () => {
    const { text } = await report()
    const [head = '', line = ''] = text.split('\n')
    assert.match(head, /^FROM +NAME +RECEIVED/)
    assert.match(line, /^2026-11-23 +support, "first" line +5 +4/)
    assert.equal(head.indexOf('RECEIVED'), line.indexOf('5  '))
  })

  it('prints CSV as in RFC 4180, with CR LF and with quotes where needed', async () => {
    const { text } = await report('--format', 'csv')
    const [head = '', line = '', end] = text.split('\r\n')
    assert.ok(head.startsWith('from,name,received,'))
    assert.ok(line.startsWith('2026-11-23,"support, ""first"" line",5,4,2,2,1,0.6,'), line)
    assert.equal(end, '')
  })

  it('prints the JSON of the server', async () => {
    for (const options of [['--format', 'json'], ['--json']])
      assert.deepEqual(JSON.parse((await report(...options)).text), { rows: [row] })
  })

  it('exits with 2 for an unknown format without sending a request', async () => {
    const { code, text } = await report('--format', 'xml')
    assert.equal(code, 2)
    assert.match(text, /text, csv, json/)
    assert.deepEqual(asked, [])
  })

  for (const [options, told] of [
    [['--from', 'yesterday'], /--from is not a date or date-time such as 2026-11-23/],
    [['--to', '2026-02-30'], /--to is not in the calendar: there is no 2026-02-30/],
    [['--from', '2026-12-02'], /--to is before from/],
    [['--by', 'team'], /--by is one of workflow, queue, group, agent/],
    [
      ['--interval', 'year', '--zone', 'Paris'],
      /--interval is one of all, month, week, day, hour\n.*--zone 'Paris' is not a time zone/,
    ],
  ] as const)
    it(`exits with 2 and the remedy for ${options.join(' ')} without sending a request`, async () => {
      const { code, text } = await report(...options)
      assert.equal(code, 2)
      assert.match(text, told)
      assert.deepEqual(asked, [])
    })

  it('exits with 2 without a period', async () => {
    const told: string[] = []
    const output = { out: () => undefined, err: (line: string) => void told.push(line) }
    assert.equal(await runCommand([reportCommand({})], ['report'], output), 2)
    assert.match(told.join('\n'), /^carillon report: --from is required.*2026-11-23.*\ncarillon report: --to is required/)
  })
})

describe('a field of CSV', () => {
  it('is plain text if a spreadsheet would take it for a formula', () => {
    const texts = ['=1+1', '+1', '-1', '@x', '\tx', 'a=b', 'a,b', '＝1+1', ' =1', 'x;=1;y', 'x; "=1"', 'a;b']
    assert.deepEqual(texts.map(field), [
      "'=1+1",
      "'+1",
      "'-1",
      "'@x",
      '"\'\tx"',
      'a=b',
      '"a,b"',
      "'＝1+1",
      " '=1",
      '"x;\'=1;y"',
      '"x; ""\'=1"""',
      '"a;b"',
    ])
  })

  it('contains no formula, whatever separates the cells', () => {
    const sign = fc.constantFrom(...Array.from('a=+-@＝＋－＠;|,"\t\r\n \'\0'))
    const texts = fc.array(
      fc.array(sign, { maxLength: 12 }).map(each => each.join('')),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(texts, fc.constantFrom(',', ';', '\t', '|', ',;\t'), (all, separators) => {
        const line = `2026-12-01,${all.map(field).join(',')}\r\n`
        for (const cell of cellsOf(line, separators)) assert.doesNotMatch(cell, /^[\s"\p{C}]*[=+\-@＝＋－＠]/u, line)
      }),
      { numRuns: 5_000 },
    )
  })

  it('comes back with all its text where commas separate the cells', () => {
    const texts = ['a;b', 'c,"d"', 'e\tf']
    assert.deepEqual(cellsOf(`${texts.map(field).join(',')}\r\n`, ','), [...texts, ''])
  })
})

/** The cells as a spreadsheet reads them. A quote counts only at the beginning of a cell. */
function cellsOf(text: string, separators: string): string[] {
  const cell = new RegExp(`^(?:"((?:[^"]|"")*)")?([^${separators}\r\n]*)(\r\n|[^]|$)`)
  const cells: string[] = []
  for (let rest = text; ;) {
    const [whole = '', quoted = '', plain = '', end = ''] = cell.exec(rest) ?? []
    cells.push(quoted.replaceAll('""', '"') + plain)
    if (end === '') return cells
    rest = rest.slice(whole.length)
  }
}
