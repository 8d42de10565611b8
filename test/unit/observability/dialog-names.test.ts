import assert from 'node:assert/strict'
import fc from 'fast-check'
import { instant } from '../../../src/foundation/time.js'
import { withoutDialogNames } from '../../../src/observability/dialog-names.js'
import type { CallMessage } from '../../../src/signaling/port.js'

const message = (sipCallId: string, ...lines: string[]): CallMessage => ({
  ...{ at: instant(0), direction: 'in', transport: 'udp', peer: '10.0.0.1:5060', repeated: false, leg: 0, sipCallId },
  ...{ from: '', to: '', method: 'INVITE', text: lines.join('\r\n') },
})

describe('SIP messages for people who may not act on calls', () => {
  it('have the same placeholder for the same name everywhere', async () => {
    const hidden = await withoutDialogNames([
      message(
        'a8f3@pbx.example.com',
        'INVITE sip:support@example.com SIP/2.0',
        'Via: SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bK-77-secret',
        'From: "Tag team" <sip:carol@10.0.0.1>;tag=carol-1928',
        'To: <sip:support@example.com>',
        'Record-Route: <sip:10.0.0.1;lr;ftag=carol-1928>',
        'Call-ID: a8f3@pbx.example.com',
        '',
        '',
      ),
      message(
        'second',
        'REFER sip:us@10.0.0.9 SIP/2.0',
        'v: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK-78',
        'f: <sip:carol@10.0.0.1>;tag=7',
        't: <sip:support@example.com>;tag=8',
        'i: second',
        'Refer-To: <sip:bob@10.0.0.2?Replaces=a8f3%40pbx.example.com%3Bto-tag%3D7%3Bfrom-tag%3Dcarol-1928>',
        'X-Trace: leg=a8f3@pbx.example.com',
        'CSeq: 7 REFER',
        '',
        '<dialog id="7" call-id="a8f3@pbx.example.com" local-tag="8" remote-tag="carol-1928"/>',
      ),
    ])
    assert.deepEqual(
      hidden.map(({ sipCallId }) => sipCallId),
      ['call-id-1', 'call-id-2'],
    )
    assert.deepEqual(hidden[0]?.text.split('\r\n'), [
      'INVITE sip:support@example.com SIP/2.0',
      'Via: SIP/2.0/UDP 10.0.0.1;rport;branch=branch-1',
      'From: "Tag team" <sip:carol@10.0.0.1>;tag=tag-1',
      'To: <sip:support@example.com>',
      'Record-Route: <sip:10.0.0.1;lr;ftag=tag-1>',
      'Call-ID: call-id-1',
      '',
      '',
    ])
    assert.deepEqual(hidden[1]?.text.split('\r\n'), [
      'REFER sip:us@10.0.0.9 SIP/2.0',
      'v: SIP/2.0/UDP 10.0.0.1;branch=branch-2',
      'f: <sip:carol@10.0.0.1>;tag=tag-2',
      't: <sip:support@example.com>;tag=tag-3',
      'i: call-id-2',
      'Refer-To: <sip:bob@10.0.0.2?Replaces=call-id-1%3Bto-tag%3Dtag-2%3Bfrom-tag%3Dtag-1>',
      'X-Trace: leg=call-id-1',
      'CSeq: 7 REFER',
      '',
      '<dialog id="7" call-id="call-id-1" local-tag="tag-3" remote-tag="tag-1"/>',
    ])
  })

  it('hide names of parameters that end with tag or branch', async () => {
    const [hidden] = await withoutDialogNames([
      message('a', 'X: -tag=t1;x-branch=b1;xbranch=b2;stag = "t2";tagged=no;a%3Bx-branch%3Db3'),
    ])
    assert.equal(
      hidden?.text,
      'X: -tag=tag-1;x-branch=branch-1;xbranch=branch-2;stag = "tag-2";tagged=no;a%3Bx-branch%3Dbranch-3',
    )
  })

  // A pattern whose time grows with the square of the length takes minutes for these, and this test would time out.
  it('are made of hostile texts of half a million characters, too', async () => {
    const long = 512 * 1024
    for (const text of [
      'a-',
      'tag',
      'tag=',
      'branch%3D',
      'tag="',
      "tag='",
      'call-id="',
      '?Replaces=',
      'i:',
      'i: \n',
      'tag%3D%;',
      'tag=%;',
    ])
      assert.equal((await withoutDialogNames([message('a', text.repeat(long / text.length))])).length, 1)
  })

  it('are made in turns, so that calls go on meanwhile', async () => {
    const messages = Array.from({ length: 8 }, () => message('a', 'i:aaaaaa\r\n' + 'a'.repeat(32 * 1024)))
    let turns = 0
    let isMade = false
    const count = (): void => {
      turns += 1
      if (!isMade) setImmediate(count)
    }
    setImmediate(count)
    await withoutDialogNames(messages)
    isMade = true
    assert(turns >= 2 * messages.length, `${turns} turns`)
  })

  it('show no text if they have too many names to find each everywhere', async () => {
    const branches = (count: number): string[] =>
      Array.from({ length: count }, (_, at) => `Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK-${100_000 + at}-secret`)
    const [few] = await withoutDialogNames([message('a8f3@pbx', ...branches(1_000), 'X: a8f3@pbx')])
    assert.match(few?.text ?? '', /branch=branch-1000\r\nX: call-id-1$/)
    const many = await withoutDialogNames([
      message('a8f3@pbx', ...branches(20_000)),
      message('a8f3@pbx', 'X: z9hG4bK-100000-secret'),
    ])
    for (const { sipCallId, text } of many) {
      assert.equal(sipCallId, 'call-id-1')
      assert.match(text, /^… \(left out/)
    }
  })

  const name = fc.stringMatching(/^[a-zA-Z0-9.!%*_+`'~-]{8,24}$/)
  it('show no Call-ID, tag or branch, whatever its form', async () => {
    await fc.assert(
      fc.asyncProperty(name, name, name, name, async (callId, from, to, branch) => {
        const names = [callId, from, to, branch].map(each => `q${each}`)
        const [id = '', ours = '', theirs = '', via = ''] = names
        const [hidden] = await withoutDialogNames([
          message(
            id,
            `Via: SIP/2.0/UDP 10.0.0.1;branch=${via};rport`,
            `From: <sip:x@10.0.0.1>;tag=${ours}`,
            `To: <sip:y@10.0.0.1> ; tag = ${theirs}`,
            `Call-ID: ${id}`,
            `Refer-To: <sip:z@10.0.0.1?Replaces=${encodeURIComponent(`${id};to-tag=${ours};from-tag=${theirs}`)}>`,
          ),
        ])
        for (const each of names) assert.equal(hidden?.text.includes(each), false, `${each} in ${hidden?.text ?? ''}`)
      }),
    )
  })
})
