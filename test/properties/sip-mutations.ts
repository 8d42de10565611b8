/** Seeded mutations of messages, for the fuzz test and for `npm run fuzz`. */

/** A whole number from 0 to `below` - 1. */
export type Draw = (below: number) => number

/** Tokens that mean something to a SIP parser. */
const pieces = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\r\n ',
  '\r\n\t',
  ' ',
  '\0',
  '"',
  '\\',
  '\\"',
  '<',
  '>',
  '<>',
  ';',
  ';;',
  ',',
  ':',
  '::',
  '=',
  '@',
  '%',
  '%00',
  '%zz',
  '?',
  '[',
  ']',
  '[::1]',
  '*',
  '-1',
  '0',
  '2147483648',
  '99999999999999999999',
  'SIP/2.0',
  'SIP/3.0',
  ' SIP/2.0\r\n',
  'sip:',
  'sips:',
  'tel:',
  ';tag=',
  ';branch=z9hG4bK',
  ';rport=',
  ';lr',
  'v: ',
  'Via: SIP/2.0/UDP h\r\n',
  'l: 0\r\n',
  'Content-Length: 5\r\n',
  'ACK ',
  'CSeq: 1 ACK\r\n',
  '\xa0',
  '\xc3\xa0',
  '\xff',
  '\x7f',
].map(piece => Buffer.from(piece, 'latin1'))

/** Draws the same numbers for the same two seeds (a 32-bit mixing generator). */
export function drawsOf(seed: number, turn: number): Draw {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(turn + 1, 0x85ebca6b)) >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** One of the messages, with one to six changes. */
export function mutation(messages: readonly Buffer[], draw: Draw): Buffer {
  let bytes = messages[draw(messages.length)] ?? Buffer.alloc(0)
  for (let changes = 1 + draw(6); changes > 0; changes -= 1) bytes = changed(bytes, messages, draw)
  return bytes
}

function changed(bytes: Buffer, messages: readonly Buffer[], draw: Draw): Buffer {
  const at = draw(bytes.length + 1)
  const to = Math.min(bytes.length, at + 1 + draw(draw(4) === 0 ? 200 : 8))
  const [before, middle, behind] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)]
  switch (draw(9)) {
    case 0:
      return Buffer.concat([before, Buffer.from([draw(256)]), bytes.subarray(at + 1)])
    case 1:
    case 2:
      return Buffer.concat([before, pieces[draw(pieces.length)] ?? middle, middle, behind])
    case 3:
      return Buffer.concat([before, pieces[draw(pieces.length)] ?? middle, behind])
    case 4:
      return Buffer.concat([before, behind])
    case 5:
      return Buffer.concat([before, middle, middle, behind])
    case 6:
      return before
    case 7: {
      const other = messages[draw(messages.length)] ?? middle
      return Buffer.concat([before, other.subarray(draw(other.length + 1))])
    }
    default:
      return linesSwapped(bytes, draw)
  }
}

function linesSwapped(bytes: Buffer, draw: Draw): Buffer {
  const lines = bytes.toString('latin1').split('\r\n')
  const [one, other] = [draw(lines.length), draw(lines.length)]
  const kept = lines[one] ?? ''
  lines[one] = lines[other] ?? ''
  lines[other] = kept
  return Buffer.from(lines.join('\r\n'), 'latin1')
}
