import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DialogStates, readDialogs } from '../../../src/presence/documents/dialog-info.js'
import { readPidf } from '../../../src/presence/documents/pidf.js'

const word = (text: string): string => {
  const read = readPidf(text)
  if (!read.ok) return `fault: ${read.fault}`
  return read.value ? `${read.value.state}: ${read.value.reason} (${read.value.basis})` : 'nothing'
}
const tuple = (basic: string): string => `<tuple id="t${basic}"><status><basic>${basic}</basic></status></tuple>`
const pidf = (inner: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:alice@example.com">${inner}</presence>`
const doing = (...names: string[]): string =>
  `<dm:person id="p"><rpid:activities>${names.map(name => `<rpid:${name}/>`).join('')}</rpid:activities></dm:person>`

describe('a presence document (RFC 3863, RFC 4480)', () => {
  for (const [
    what,
    text,
    meaning,
  ] of [
    ['an open tuple', pidf(tuple('open')), 'available: open (device)'],
    ['a closed one', pidf(tuple('closed')), 'offline: closed (device)'],
    ['one open device beside a closed one', pidf(tuple('closed') + tuple('open')), 'available: open (device)'],
    ['no tuple at all (RFC 3856: nothing is known)', pidf(''), 'nothing'],
    ['a phone call', pidf(tuple('open') + doing('on-the-phone')), 'busy: on the phone (call)'],
    ['several activities: the least available', pidf(tuple('open') + doing('meeting', 'vacation', 'busy')), 'offWork: vacation (person)'],
    ['activities that tell nothing', pidf(tuple('open') + doing('unknown', 'frobnicating')), 'available: open (device)'],
    ['an activity named like what objects inherit', pidf(tuple('open') + doing('toString')), 'available: open (device)'],
    ['activities of one whose devices are closed', pidf(tuple('closed') + doing('busy')), 'offline: closed (device)'],
    ['`busy`, which PBXs say of every call', pidf(tuple('open') + doing('busy')), 'busy: busy (call)'],
    ['a phone that is full, as Asterisk tells', pidf(`<note>On the phone</note>${tuple('closed')}${doing('busy')}`), 'busy: busy (call)'],
    ['a phone that is not registered, as Asterisk tells', pidf(`<note>Unavailable</note>${tuple('closed')}${doing('away')}`), 'offline: closed (device)'],
    ['a meeting beside a call: what is surely no call stays', pidf(tuple('open') + doing('busy', 'meeting')), 'busy: meeting (person)'],
    ['an idle desk', pidf(`${tuple('open')}<dm:person id="p"><rpid:user-input>idle</rpid:user-input></dm:person>`), 'inactive: idle (person)'],
    ['activities inside a status, as some PBXs nest them', pidf(`${tuple('open')}<pp:person xmlns:pp="x"><status><ep:activities xmlns:ep="y"><ep:away/></ep:activities></status></pp:person>`), 'away: away (person)'],
    ['other prefixes', '<p:presence xmlns:p="urn:ietf:params:xml:ns:pidf"><p:tuple id="a"><p:status><p:basic>open</p:basic></p:status></p:tuple></p:presence>', 'available: open (device)'],
    ['an availability number in a meeting', '<state><availability>6500</availability></state>', 'busy: availability 6500 (person)'],
    ['an availability number that says nothing', '<state><availability>2999</availability></state>', 'nothing'],
    ['another root', '<html/>', 'fault: <html> is not a presence document'],
    ['a document type', '<!DOCTYPE presence [<!ENTITY a "b">]><presence>&a;</presence>', 'fault: declares a document type'],
  ] as const /* prettier-ignore */) {
    it(`reads ${what}`, () => assert.equal(word(text), meaning))
  }

  for (const [
    number,
    state,
  ] of [
    [3_000, 'available'], [4_499, 'available'], [4_500, 'inactive'], [5_999, 'inactive'], [6_000, 'busy'], [7_500, 'busy'], [8_999, 'busy'],
    [9_000, 'doNotDisturb'], [11_999, 'doNotDisturb'], [12_000, 'beRightBack'], [14_999, 'beRightBack'], [15_000, 'away'], [17_999, 'away'], [18_000, 'offline'],
  ] as const /* prettier-ignore */) {
    it(`reads availability ${number} as ${state}`, () => {
      assert.match(word(`<state><availability>${number}</availability></state>`), new RegExp(`^${state}:`))
    })
  }

  it('is ignored when it is too long or too deeply nested', () => {
    assert.match(word(pidf(`<note>${'x'.repeat(66_000)}</note>`)), /^fault: longer/)
    assert.match(word(pidf('<a>'.repeat(30) + '</a>'.repeat(30))), /^fault: /)
  })

  it('never throws, whatever it contains', () => {
    const pieces = fc.constantFrom(
      '<', '>', '/', '&', '"', '<presence>', '</presence>', '<basic>', 'open', '<!--', '-->', '<![CDATA[', ']]>', '<?', '?>', '<dialog id="', '<state>', ' state="full"',
      ' version="1"', '<dialog-info', '__proto__', 'constructor', ':@', '\0', '\uD800', '&#x41;', '<a:b xmlns:a="c">',
    ) // prettier-ignore
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string())), texts => {
        const text = texts.join('')
        readPidf(text)
        readDialogs(text)
        readPidf(pidf(text))
        readDialogs(`<dialog-info version="0" state="full">${text}</dialog-info>`)
      }),
    )
  })
})

const dialog = (id: string, state: string, direction = 'recipient', callId = `${id}@pbx`): string =>
  `<dialog id="${id}" call-id="${callId}" direction="${direction}"><state>${state}</state></dialog>`
const info = (version: number, state: string, ...dialogs: string[]): string =>
  `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="${state}" entity="sip:alice@example.com">${dialogs.join('')}</dialog-info>`

describe('a dialog document (RFC 4235)', () => {
  let states: DialogStates
  beforeEach(() => (states = new DialogStates()))

  const take = (text: string): string => {
    const taken = states.take(text)
    return taken.ok ? taken.value : `fault: ${taken.fault}`
  }
  const phases = (): string[] => states.calls.map(({ phase }) => phase).sort()

  it('with the full state replaces all earlier dialogs', () => {
    assert.equal(
      take(info(0, 'full', dialog('a', 'confirmed'), dialog('b', 'early'), dialog('c', 'early', 'initiator'))),
      'current',
    )
    assert.deepEqual(phases(), ['dialling', 'ringing', 'talking'])
    assert.equal(take(info(5, 'full')), 'current')
    assert.deepEqual(phases(), [])
  })

  it('with a partial state changes the dialogs that it names', () => {
    take(info(0, 'full', dialog('a', 'confirmed'), dialog('b', 'early')))
    assert.equal(take(info(1, 'partial', dialog('b', 'terminated'))), 'current')
    assert.deepEqual(phases(), ['talking'])
  })

  it('after a gap requests the full state until it comes, and partial states count meanwhile', () => {
    take(info(0, 'full'))
    assert.equal(take(info(2, 'partial', dialog('a', 'confirmed'))), 'incomplete')
    assert.deepEqual(phases(), ['talking'])
    assert.equal(take(info(3, 'partial')), 'incomplete')
    assert.equal(take(info(4, 'full')), 'current')
    assert.equal(take(info(5, 'partial', dialog('b', 'early'))), 'current')
    assert.deepEqual(phases(), ['ringing'])
  })

  it('that begins with a partial state counts as having a gap', () => {
    assert.equal(take(info(7, 'partial', dialog('a', 'confirmed'))), 'incomplete')
  })

  it('that is older or repeated changes nothing (presence-in-order)', () => {
    take(info(3, 'full', dialog('a', 'confirmed')))
    for (const version of [2, 3]) assert.equal(take(info(version, 'full')), 'stale')
    assert.deepEqual(phases(), ['talking'])
  })

  it('with `terminated` wins over a later or simultaneous `early` of the same dialog', () => {
    take(info(0, 'full', dialog('a', 'early')))
    take(info(1, 'partial', dialog('a', 'terminated')))
    take(info(2, 'partial', dialog('a', 'early')))
    assert.deepEqual(phases(), [])
    take(info(3, 'full', dialog('b', 'terminated'), dialog('b', 'confirmed')))
    assert.deepEqual(phases(), [])
  })

  it('without a Call-ID replaces the earlier one, because Asterisk gives all calls of an extension the same name', () => {
    const bob = (version: number, state: string): string =>
      info(version, 'full', `<dialog id="bob"><state>${state}</state></dialog>`)
    assert.deepEqual(
      ['terminated', 'early', 'confirmed', 'terminated', 'early'].map((state, version) => {
        take(bob(version, state))
        return phases()
      }),
      [[], ['ringing'], ['talking'], [], ['ringing']],
    )
  })

  it('may use a name again for a call that is answered', () => {
    take(info(0, 'full', dialog('a', 'terminated')))
    take(info(1, 'full', dialog('a', 'confirmed')))
    assert.deepEqual(phases(), ['talking'])
  })

  it('with one name and different Call-IDs means different calls', () => {
    take(info(0, 'full', dialog('a', 'confirmed', 'recipient', 'x'), dialog('a', 'early', 'recipient', 'y')))
    assert.deepEqual(phases(), ['ringing', 'talking'])
  })

  for (const [what, text] of [
    ['without a version', '<dialog-info state="full"/>'],
    ['whose version is not a number', '<dialog-info version="x" state="full"/>'],
    ['that is neither full nor partial', '<dialog-info version="1"/>'],
    ['of another type', '<presence version="1" state="full"/>'],
  ] as const) {
    it(`${what} is a fault and changes nothing`, () => {
      take(info(0, 'full', dialog('a', 'confirmed')))
      assert.match(take(text), /^fault: /)
      assert.deepEqual(phases(), ['talking'])
    })
  }

  it('that is published stands alone: its version is ignored', () => {
    const read = readDialogs(info(0, 'full', dialog('a', 'confirmed')))
    assert.deepEqual(read.ok && read.value, [{ key: 'a a@pbx', phase: 'talking' }])
  })
})
