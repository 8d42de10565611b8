import assert from 'node:assert/strict'
import { decodeUtf8, encodeUtf8, splitList } from '../../../../src/sip/message/grammar.js'
import { HeaderTable } from '../../../../src/sip/message/headers.js'
import { canonicalName, readName } from '../../../../src/sip/message/names.js'
import { serialize } from '../../../../src/sip/message/serialize.js'
import { messageIn } from './torture.js'

const optionsWith = (...lines: readonly string[]): HeaderTable =>
  messageIn(
    [
      'OPTIONS sip:bob@example.com SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      'From: <sip:a@example.com>;tag=1',
      'To: <sip:bob@example.com>',
      'Call-ID: 1',
      'CSeq: 1 OPTIONS',
      ...lines,
      '',
      '',
    ].join('\r\n'),
  ).headers

describe('header names', () => {
  for (const [written, canonical] of [
    ['call-id', 'Call-ID'],
    ['CALL-ID', 'Call-ID'],
    ['i', 'Call-ID'],
    ['I', 'Call-ID'],
    ['cseq', 'CSeq'],
    ['v', 'Via'],
    ['m', 'Contact'],
    ['l', 'Content-Length'],
    ['c', 'Content-Type'],
    ['e', 'Content-Encoding'],
    ['f', 'From'],
    ['t', 'To'],
    ['k', 'Supported'],
    ['s', 'Subject'],
    ['o', 'Event'],
    ['u', 'Allow-Events'],
    ['r', 'Refer-To'],
    ['b', 'Referred-By'],
    ['x', 'Session-Expires'],
    ['j', 'Reject-Contact'],
    ['a', 'Accept-Contact'],
    ['d', 'Request-Disposition'],
    ['y', 'Identity'],
    ['n', 'Identity-Info'],
    ['www-authenticate', 'WWW-Authenticate'],
    ['x-my-own', 'X-My-Own'],
    ['X-MY-OWN', 'X-My-Own'],
  ] as const)
    it(`${written} is ${canonical}`, () => {
      assert.equal(canonicalName(written), canonical)
      assert.equal(readName(`${written}: 0`, 0)?.name, canonical)
    })

  it('are found in any form, known or unknown', () => {
    const headers = optionsWith('x-Trace: abc', 'k: timer')
    assert.deepEqual(
      ['X-Trace', 'x-trace', 'X-TRACE', 'Supported', 'supported', 'k'].map(name => headers.first(name)),
      ['abc', 'abc', 'abc', 'timer', 'timer', 'timer'],
    )
  })

  it('may have white space before the colon', () => assert.equal(optionsWith('Subject \t: hello').first('Subject'), 'hello'))
})

describe('a header table', () => {
  it('unfolds a value: each fold becomes one space', () =>
    assert.equal(optionsWith('Subject: one', '  two', '\tthree').first('Subject'), 'one two three'))

  it('reads lines that end with LF only, and no fold stays in a value', () => {
    const headers = messageIn(
      'OPTIONS sip:b@h SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\nFrom: <sip:a@h>;tag=1\nTo: <sip:b@h>\nCall-ID: 1\n' +
        'CSeq: 1 OPTIONS\nSubject: a\n b\r\n\tc\n\n',
    ).headers
    assert.equal(headers.first('Subject'), 'a b c')
  })

  it('keeps a value whose last UTF-8 byte looks like whitespace', () => {
    const name = encodeUtf8('Città')
    assert.ok(name.endsWith('\xa0'))
    assert.equal(decodeUtf8(optionsWith(`Subject:  ${name} `).first('Subject') ?? ''), 'Città')
    assert.deepEqual(splitList(`${name} , ${name}`), [name, name])
  })

  it('returns whole lines and single values', () => {
    const headers = optionsWith('Supported: timer, replaces', 'k: path', 'Supported: ,, gruu,')
    assert.deepEqual(headers.lines('Supported'), ['timer, replaces', 'path', ',, gruu,'])
    assert.deepEqual(headers.values('Supported'), ['timer', 'replaces', 'path', 'gruu'])
    assert.equal(headers.count('Supported'), 3)
    assert.deepEqual(headers.values('Require'), [])
  })

  it('splits a list, but not at commas in quotes, escaped quotes or <>', () =>
    assert.deepEqual(splitList('"Bell, \\", A" <sip:a@h;x=1,2>, <sip:b,c@h> ;q=0.1,sip:d@h'), [
      '"Bell, \\", A" <sip:a@h;x=1,2>',
      '<sip:b,c@h> ;q=0.1',
      'sip:d@h',
    ]))

  it('sets a value at the place of the first field and drops the others', () => {
    const headers = HeaderTable.of([
      ['Route', '<sip:1>'],
      ['From', 'x'],
      ['route', '<sip:2>'],
      ['To', 'y'],
    ])
    headers.set('Route', '<sip:3>')
    assert.deepEqual([...headers], [['Route', '<sip:3>'], ['From', 'x'], ['To', 'y']]) // prettier-ignore
    headers.set('Subject', 'new')
    assert.equal(headers.first('Subject'), 'new')
  })

  it('sets the first value without changing those after it', () => {
    const headers = HeaderTable.of([
      ['Via', 'SIP/2.0/UDP a, SIP/2.0/UDP b'],
      ['Via', 'SIP/2.0/UDP c'],
    ])
    headers.setFirstValue('Via', 'SIP/2.0/TCP d')
    assert.deepEqual(headers.values('Via'), ['SIP/2.0/TCP d', 'SIP/2.0/UDP b', 'SIP/2.0/UDP c'])
  })

  it('deletes all fields of a name and keeps the order of the others', () => {
    const headers = HeaderTable.of([['X-A', '1'], ['X-B', '2'], ['x-a', '3'], ['X-C', '4']]) // prettier-ignore
    headers.delete('X-A')
    headers.prepend('X-D', '0')
    assert.deepEqual([...headers], [['X-D', '0'], ['X-B', '2'], ['X-C', '4']]) // prettier-ignore
  })

  it('forgets parsed values when the field changes or moves', () => {
    const headers = HeaderTable.of([['Via', '1'], ['From', '2'], ['To', '3'], ['X-A', '4']]) // prettier-ignore
    const names = ['Via', 'From', 'To'] as const
    const read = (): readonly (string | undefined)[] => names.map(name => headers.reading(name, value => `read ${value}`))
    assert.deepEqual(read(), ['read 1', 'read 2', 'read 3'])
    headers.set('From', '5')
    assert.deepEqual(read(), ['read 1', 'read 5', 'read 3'])
    headers.prepend('From', '6')
    assert.deepEqual(read(), ['read 1', 'read 6', 'read 3'])
    headers.delete('Via')
    headers.delete('X-A')
    assert.deepEqual(read(), [undefined, 'read 6', 'read 3'])
    headers.setFirstValue('To', '7')
    headers.append('Via', '8')
    assert.deepEqual(read(), ['read 8', 'read 6', 'read 7'])
  })

  it('parses a field once', () => {
    let reads = 0
    const headers = HeaderTable.of([['To', '1']])
    for (let turn = 0; turn < 3; turn += 1) headers.reading('To', () => (reads += 1))
    assert.equal(reads, 1)
  })

  it('copies itself: changes to the copy do not change it', () => {
    const headers = optionsWith('Subject: one')
    const copy = headers.clone()
    copy.set('Subject', 'two')
    copy.delete('Via')
    assert.deepEqual([headers.first('Subject'), headers.has('Via'), copy.first('Subject')], ['one', true, 'two'])
  })

  it('lets no value start a new line: line breaks and NUL become spaces, characters beyond latin1 become UTF-8', () => {
    const headers = new HeaderTable()
    headers.append('Subject', 'a\r\nEvil: 1')
    headers.set('Reason', 'b\n\0c')
    headers.prepend('Bad: 1\r\nEvil', 'd')
    // The low bytes of these two characters are CR and LF.
    headers.append('Organization', '\u010d\u010aEvil: 1')
    const bytes = serialize({ kind: 'response', status: 200, reasonPhrase: 'x\r\nEvil: 1', headers, body: '' })
    assert.deepEqual(bytes.toString('utf8').split('\r\n'), [
      'SIP/2.0 200 x Evil: 1',
      'Bad--1--Evil: d',
      'Subject: a Evil: 1',
      'Reason: b c',
      'Organization: \u010d\u010aEvil: 1',
      'Content-Length: 0',
      '',
      '',
    ])
  })
})
