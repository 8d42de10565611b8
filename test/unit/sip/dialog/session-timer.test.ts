import assert from 'node:assert/strict'
import { seconds } from '../../../../src/foundation/time.js'
import { Talk } from './talk.js'
import { Phone, sdp, sdpText, toPhone, Wire } from './wire.js'

const updates = 'Allow: INVITE, ACK, BYE, UPDATE'
const timer = 'Supported: timer'
const half = 900_000

describe('session timers (RFC 4028)', () => {
  let talk: Talk | undefined
  const begin = (side: 'inbound' | 'outbound', ...headers: string[]): Talk => (talk = Talk[side]({ headers }))
  const expiresOf = (method: string) => talk?.phone.request(method).headers.first('Session-Expires')
  afterEach(() => {
    talk?.close()
    talk = undefined
  })

  describe('in a session that the peer began', () => {
    const agreed = () => {
      const { headers } = talk?.phone.response(200, 'INVITE') ?? assert.fail()
      return [headers.first('Session-Expires'), headers.first('Require')]
    }
    for (const [what, headers, expected] of [
      ['a phone without timers gets no timer', [], [undefined, undefined]],
      ['a phone with timers gets our interval, and we refresh', [timer], ['1800;refresher=uas', 'timer']],
      ['a phone that wants to refresh does so', [timer, 'x: 600;refresher=uac'], ['600;refresher=uac', 'timer']],
      ['a longer interval is shortened to ours', [timer, 'Session-Expires: 7200'], ['1800;refresher=uas', 'timer']],
      [
        'an interval is not shortened below the phone’s minimum',
        [timer, 'Session-Expires: 7200', 'Min-SE: 3600'],
        ['3600;refresher=uas', 'timer'],
      ],
      ['the interval of a proxy is kept for a phone without timers', ['Session-Expires: 600'], ['600;refresher=uas', undefined]],
    ] as const)
      it(what, () => {
        begin('inbound', ...headers)
        assert.deepEqual(agreed(), expected)
      })

    it('let the peer refresh, and send BYE 32 s before the end, as lost, when the refreshes stop', () => {
      const { phone, told } = begin('inbound', timer, 'Session-Expires: 600;refresher=uac')
      talk?.pass(500_000)
      talk?.ask('UPDATE', { headers: [timer, 'Session-Expires: 600;refresher=uac'] })
      const { headers } = phone.response(200, 'UPDATE')
      assert.deepEqual(
        ['Session-Expires', 'Require', 'Contact'].map(name => headers.first(name)),
        ['600;refresher=uac', 'timer', '<sip:192.0.2.1:5060>'],
      )
      talk?.pass(567_000)
      assert.deepEqual(told, [])
      talk?.pass(1_100)
      assert.deepEqual(told, ['lost expired'])
      assert.deepEqual(phone.heard(), ['200 UPDATE', 'BYE'])
    })

    it('accept a re-INVITE as a refresh', () => {
      begin('inbound', timer, 'Session-Expires: 300;refresher=uac')
      talk?.pass(200_000)
      talk?.ask('INVITE', { body: sdpText('same'), headers: [timer, 'Session-Expires: 300;refresher=uac'] })
      talk?.renegotiations[0]?.accept(sdp('us'), () => undefined)
      talk?.pass(3)
      talk?.ack()
      talk?.pass(200_000)
      assert.deepEqual(talk?.told, [])
    })

    it('answer a refresh with too short an interval with 422, and the session stays', () => {
      begin('inbound', timer)
      talk?.ask('UPDATE', { headers: [timer, 'Session-Expires: 60'] })
      assert.equal(talk?.phone.response(422).headers.first('Min-SE'), '90')
      assert.deepEqual(talk.told, [])
    })
  })

  describe('in a session that we began', () => {
    it('offer 30 min with us as the refresher', () => {
      begin('outbound')
      const { headers } = talk?.phone.got[0] ?? assert.fail()
      assert.equal(headers.first('Session-Expires'), '1800;refresher=uac')
      assert.equal(headers.first('Supported'), '100rel, timer, replaces, norefersub')
      assert.equal(headers.first('Min-SE'), undefined)
    })

    it('send BYE when the callee should refresh and does not', () => {
      begin('outbound', timer, 'Session-Expires: 900;refresher=uas', 'Require: timer')
      talk?.pass(867_000)
      assert.deepEqual(talk?.told, [])
      talk.pass(1_100)
      assert.deepEqual(talk.told, ['lost expired'])
    })

    it('end a short interval a third before its end', () => {
      begin('outbound', 'Session-Expires: 90;refresher=uas')
      talk?.pass(59_000)
      assert.deepEqual(talk?.told, [])
      talk.pass(1_100)
      assert.deepEqual(talk.told, ['lost expired'])
    })
  })

  for (const side of ['inbound', 'outbound'] as const)
    describe(`our refreshes (${side})`, () => {
      it('are UPDATEs without a body at half the interval if the peer allows UPDATE; its response starts the next interval', () => {
        begin(side, updates, timer, ...(side === 'outbound' ? ['Session-Expires: 1800;refresher=uac'] : []))
        talk?.pass(half - 100)
        assert.deepEqual(talk?.phone.heard(), [])
        talk.pass(110)
        const update = talk.phone.request('UPDATE')
        assert.deepEqual(
          [update.body, update.headers.first('Session-Expires'), update.headers.first('Contact')],
          ['', '1800;refresher=uac', '<sip:192.0.2.1:5060>'],
        )
        assert.match(update.headers.first('Supported') ?? '', /timer/)
        talk.phone.answer(update, 200, '', {
          headers: ['Session-Expires: 600;refresher=uac', 'Contact: <sip:moved@192.0.2.2>'],
        })
        talk.pass(300_100)
        assert.deepEqual(talk.phone.heard(), ['UPDATE', 'UPDATE'])
        assert.equal(talk.phone.request('UPDATE').uri, 'sip:moved@192.0.2.2')
        talk.phone.answer(talk.phone.request('UPDATE'), 200, '')
      })

      it('are re-INVITEs with our last SDP if it does not, and we send the ACK ourselves', () => {
        begin(side)
        talk?.pass(half + 10)
        const reinvite = talk?.phone.request('INVITE') ?? assert.fail()
        assert.equal(reinvite.body, sdpText('us'))
        talk?.phone.answer(reinvite, 200, '', { body: sdpText('same') })
        talk?.pass(3)
        assert.deepEqual(talk?.phone.heard(), ['INVITE', 'ACK'])
        talk.pass(half + 10)
        assert.deepEqual(talk.phone.heard(), ['INVITE'], 'a phone without timers is still refreshed')
        talk.phone.answer(talk.phone.request('INVITE'), 200, '', { body: sdpText('same') })
        assert.deepEqual(talk.told, [])
      })

      it('contain the SDP of the last re-INVITE of either side', () => {
        begin(side)
        talk?.ask('INVITE', { body: sdpText('hold') })
        talk?.renegotiations[0]?.accept(sdp('held'), () => undefined)
        talk?.pass(3)
        talk?.ack()
        talk?.pass(half + 10)
        assert.equal(talk?.phone.request('INVITE').body, sdpText('held'))
        talk.phone.answer(talk.phone.request('INVITE'), 200, '', { body: sdpText('same') })
        talk.renegotiate(sdp('resumed'))
        talk.phone.answer(talk.phone.request('INVITE'), 200, '', { body: sdpText('bob') })
        talk.pass(half + 10)
        assert.equal(talk.phone.request('INVITE').body, sdpText('resumed'))
        talk.phone.answer(talk.phone.request('INVITE'), 200, '', { body: sdpText('same') })
      })

      it('become re-INVITEs when UPDATE is refused as unknown', () => {
        begin(side, updates)
        talk?.pass(half + 10)
        talk?.phone.answer(talk.phone.request('UPDATE'), 501, '')
        talk?.pass(3)
        assert.deepEqual(talk?.phone.heard(), ['UPDATE', 'INVITE'])
        talk.phone.answer(talk.phone.request('INVITE'), 200, '', { body: sdpText('same') })
        assert.deepEqual(talk.told, [])
      })

      for (const [what, status] of [
        ['get 481', 481],
        ['get 408', 408],
        ['get no response', undefined],
      ] as const)
        for (const [how, allowed] of [
          ['UPDATE', [updates]],
          ['INVITE', []],
        ] as const)
          it(`by ${how} that ${what} show that the peer’s BYE was lost (busy-means-dialog)`, () => {
            begin(side, ...allowed)
            talk?.pass(half + 10)
            if (status !== undefined) talk?.phone.answer(talk.phone.request(how), status, '')
            talk?.pass(status === undefined ? 32_100 : 3)
            assert.deepEqual(talk?.told, ['lost noDialog'])
            assert.equal(talk.phone.request('BYE').method, 'BYE')
          })

      it('refused with 422 are repeated with the interval that the peer accepts, and both header fields', () => {
        begin(side, updates)
        talk?.pass(half + 10)
        talk?.phone.answer(talk.phone.request('UPDATE'), 422, '', { headers: ['Min-SE: 3600'] })
        talk?.pass(3)
        const { headers } = talk?.phone.request('UPDATE') ?? assert.fail()
        assert.deepEqual([headers.first('Session-Expires'), headers.first('Min-SE')], ['3600;refresher=uac', '3600'])
        talk?.phone.answer(talk.phone.request('UPDATE'), 200, '')
        talk?.pass(half + 10)
        assert.deepEqual(talk?.phone.heard(), ['UPDATE', 'UPDATE'])
        talk.pass(half)
        assert.deepEqual(talk.phone.heard(), ['UPDATE'])
        talk.phone.answer(talk.phone.request('UPDATE'), 422, '', { headers: ['Min-SE: 3600'] })
        talk.pass(3)
        assert.deepEqual(talk.phone.heard(), [], 'a second 422 is not answered with another UPDATE')
      })

      for (const [how, allowed] of [
        ['UPDATE', [updates]],
        ['INVITE', []],
      ] as const)
        it(`by ${how} are repeated only once in a row, if a peer refuses each with a longer interval`, () => {
          begin(side, ...allowed)
          talk?.pass(half + 10)
          for (let least = 3_600; least < 3_700; least += 10) {
            talk?.phone.answer(talk.phone.request(how), 422, '', { headers: [`Min-SE: ${least}`] })
            talk?.pass(3)
          }
          assert.deepEqual(
            talk?.phone.heard().filter(line => line === how),
            [how, how],
          )
        })

      it('refused otherwise are repeated, and end the session only when the interval of a counting peer is over', () => {
        begin(side, updates, timer, ...(side === 'outbound' ? ['Session-Expires: 600;refresher=uac'] : ['x: 600']))
        talk?.pass(300_010)
        for (let turn = 0; turn < 40 && talk?.told.length === 0; turn += 1) {
          talk.phone.answer(talk.phone.request('UPDATE'), 500, '')
          talk.pass(10_000)
        }
        assert.deepEqual(talk?.told, ['lost expired'])
      })

      it('refused by a peer that counts no interval show that it is still there', () => {
        begin(side, updates)
        for (let turn = 0; turn < 3; turn += 1) {
          talk?.pass(half + 10)
          talk?.phone.answer(talk.phone.request('UPDATE'), 500, '')
        }
        assert.deepEqual(talk?.told, [])
        assert.deepEqual(talk.phone.heard(), ['UPDATE', 'UPDATE', 'UPDATE'])
      })

      it('stop at the end of the session', () => {
        begin(side, updates)
        talk?.ask('BYE')
        talk?.pass(4 * half)
        assert.deepEqual(talk?.phone.heard(), ['200 BYE'])
      })

      it('are left to a re-INVITE that is pending at that moment', () => {
        begin(side)
        talk?.pass(half - 1_000)
        talk?.renegotiate(sdp('more'))
        talk?.pass(2_000)
        assert.equal(expiresOf('INVITE'), '1800;refresher=uac')
        const heard = talk?.phone.heard().filter(line => line !== '100 INVITE')
        assert.deepEqual(new Set(heard), new Set(['INVITE']))
        talk?.phone.answer(talk.phone.request('INVITE'), 200, '', { body: sdpText('bob') })
        assert.deepEqual(talk?.told, ['accepted bob'])
      })
    })

  it('a 422 to the owner’s re-INVITE is handled without the owner', () => {
    begin('outbound')
    talk?.renegotiate(sdp('hold'))
    talk?.phone.answer(talk.phone.request('INVITE'), 422, '', { headers: ['Min-SE: 2000'] })
    talk?.pass(3)
    const again = talk?.phone.request('INVITE') ?? assert.fail()
    assert.deepEqual([again.body, again.headers.first('Min-SE')], [sdpText('hold'), '2000'])
    talk?.phone.answer(again, 200, '', { body: sdpText('bob') })
    assert.deepEqual(talk?.told, ['accepted bob'])
  })

  it('an option shortens the interval, so that a test can watch a whole session', () => {
    talk = Talk.inbound({ headers: [timer, updates, 'Session-Expires: 4'], sessionExpires: seconds(4) })
    talk.pass(2_010)
    talk.phone.answer(talk.phone.request('UPDATE'), 481, '')
    assert.deepEqual(talk.told, ['lost noDialog'])
  })

  it('the owner hears of the second 422 in a row to each re-INVITE', () => {
    begin('outbound')
    for (const least of [2_000, 3_000, 4_000, 5_000]) {
      if (least !== 3_000 && least !== 5_000) talk?.renegotiate(sdp('hold'))
      talk?.phone.answer(talk.phone.request('INVITE'), 422, '', { headers: [`Min-SE: ${least}`] })
      talk?.pass(3)
    }
    assert.deepEqual(talk?.told, ['rejected 422', 'rejected 422'])
    assert.equal(talk.phone.heard().filter(line => line === 'INVITE').length, 4)
  })

  describe('an INVITE of ours that gets 422', () => {
    const call = (): { phone: Phone; wire: Wire; told: string[]; end: () => void } => {
      const wire = new Wire()
      const endpoint = wire.site('192.0.2.1')
      const told: string[] = []
      const phone = new Phone(wire, '192.0.2.2')
      endpoint.invite(
        { ...toPhone(), body: sdp('us') },
        {
          answered: leg => {
            told.push('answered')
            leg.acknowledge()
            leg.hangUp()
          },
          refused: ({ status }) => told.push(`${status}`),
        },
      )
      wire.clock.pass(3)
      const end = (): void => {
        wire.clock.pass(250_000)
        assert.deepEqual([endpoint.openLegs, endpoint.transactions, wire.clock.size], [0, 0, 0])
      }
      return { phone, wire, told, end }
    }

    it('is repeated once with the accepted interval, the same Call-ID and From, and the next number (§7.3)', () => {
      const { phone, told, wire, end } = call()
      const first = phone.request('INVITE')
      phone.answer(first, 422, 'a', { headers: ['Min-SE: 3600'] })
      wire.clock.pass(3)
      const { headers } = phone.request('INVITE')
      assert.deepEqual(
        ['CSeq', 'Session-Expires', 'Min-SE'].map(name => headers.first(name)),
        ['2 INVITE', '3600;refresher=uac', '3600'],
      )
      for (const name of ['Call-ID', 'From', 'To']) assert.equal(headers.first(name), first.headers.first(name))
      phone.answer(phone.request('INVITE'), 200, 'b', { body: sdpText('bob') })
      wire.clock.pass(3)
      assert.equal(phone.request('ACK').headers.first('CSeq'), '2 ACK')
      assert.equal(phone.request('BYE').headers.first('CSeq'), '3 BYE')
      assert.deepEqual(told, ['answered'])
      end()
    })

    it('fails when that does not help, or when the 422 names no minimum', () => {
      const { phone, told, wire, end } = call()
      phone.answer(phone.request('INVITE'), 422, 'a', { headers: ['Min-SE: 3600'] })
      wire.clock.pass(3)
      phone.answer(phone.request('INVITE'), 422, 'b', { headers: ['Min-SE: 7200'] })
      assert.deepEqual(told, ['422'])
      end()
      const other = call()
      other.phone.answer(other.phone.request('INVITE'), 422, 'a')
      assert.deepEqual(other.told, ['422'])
      other.end()
    })
  })
})
