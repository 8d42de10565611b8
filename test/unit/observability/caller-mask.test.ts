import assert from 'node:assert/strict'
import fc from 'fast-check'
import { callerMask } from '../../../src/observability/caller-mask.js'

const mask = callerMask({ uris: ['sip:alice@example.com', 'sips:Support@example.com'], numbers: ['+14255550100'] })

describe('a log that masks callers', () => {
  for (const [what, text, masked] of [
    [
      'the digits of a number but the last two',
      'sip:+14255550123@pbx.example.com calls support',
      'sip:…23@pbx.example.com calls support',
    ],
    ['a name', 'sip:anna.smith@home.example calls support', 'sip:…@home.example calls support'],
    [
      'a name with spaces',
      '"caller":"sip:anna b smith@home.example","sipCallId":"x@y"',
      '"caller":"sip:…@home.example","sipCallId":"x@y"',
    ],
    ['a tel URI', 'forwarded to tel:+1-425-555-0123;ext=7, "to":"tel:12345"', 'forwarded to tel:…23;ext=7, "to":"tel:…"'],
    ['a caller with the name of an agent elsewhere', 'sip:alice@example.org', 'sip:…@example.org'],
    ['a password in a URI', 'sips:anna:secret@home.example:5061', 'sips:…@home.example:5061'],
    ['a user with the scheme of a URI', 'sip:sip:anna@home.example', 'sip:…@home.example'],
    ['a user that the log has cut', `refused INVITE of sip:${'7'.repeat(76)} from 10.0.0.1`, 'refused INVITE of sip:…'],
  ] as const)
    it(`hides ${what}`, () => {
      assert.equal(mask(text), masked)
    })

  for (const [what, text] of [
    ['agents', 'offered to sip:alice@example.com, "contact":"sip:ALICE@Example.com:5070"'],
    ['workflows', 'sips:support@example.com'],
    ['numbers of workflows, wherever they are dialled', 'dialled sip:+14255550100@10.0.0.1 or tel:+14255550100'],
    ['callers without a name', 'sip:anonymous@anonymous.invalid calls support'],
    ['URIs without a user', '"sip":"sip:pbx.example.com:5060","sipCallId":"1-5948@127.0.0.1"'],
    ['lines without a URI', '"address":"10.0.0.1","msg":"gossip: see you@home"'],
  ] as const)
    it(`shows ${what}`, () => {
      assert.equal(mask(text), text)
    })

  it('leaves each line a line of JSON, whatever callers send', () => {
    const texts = fc.array(fc.oneof(fc.constantFrom('sip:', 'tel:', '@', '"', '\\', '+1425', '<', 'sips:'), fc.string()))
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const line = JSON.stringify({ caller: one.join(''), callId: 'c-1', msg: other.join('') })
        const read = JSON.parse(mask(line)) as Record<string, unknown>
        assert.deepEqual([Object.keys(read), read['callId']], [['caller', 'callId', 'msg'], 'c-1'])
      }),
    )
  })

  it('shows no number that is not in the config', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1_000_000n, max: 999_999_999_999n }), fc.string(), (digits, around) => {
        const line = JSON.stringify({ msg: `${around} sip:+${digits}@example.com ${around}` })
        assert(!mask(line).includes(`+${digits}`) || around.includes(String(digits)))
      }),
    )
  })
})
