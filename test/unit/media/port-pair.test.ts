import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { PortPair } from '../../../src/media/worker/port-pair.js'
import { freePorts, Phone } from './phone.js'

const host = '127.0.0.1'

describe('a pair of media ports', () => {
  let pair: PortPair
  let first: number
  let phone: Phone
  const unsent: string[] = []
  beforeEach(async () => {
    ;({ first } = await freePorts(1))
    pair = await PortPair.bind(host, 4, first, () => unsent.push('unsent'))
    phone = await Phone.open()
    unsent.length = 0
  })
  afterEach(() => {
    pair.close(() => undefined)
    phone.close()
  })

  it('drops what should go to port 0, which a description can name, and sends what follows', async () => {
    const bytes = Buffer.from('sound')
    assert.equal(pair.sendLower(bytes, { address: host, port: 0 }), false)
    assert.equal(pair.sendUpper(bytes, { address: host, port: 0 }), false)
    assert.equal(pair.sendLower(bytes, { address: host, port: phone.rtp.address().port }), true)
    assert.deepEqual(await phone.first(1), [bytes])
    assert.deepEqual(unsent, [])
  })

  it('drops packets whose source port is 0: only a raw socket sends them, and nobody can be answered there', async function () {
    if (process.getuid?.() !== 0) return this.skip()
    const heard: string[] = []
    const both = new Promise<void>(resolve => {
      const hear = (bytes: Buffer): void => {
        heard.push(bytes.toString())
        if (heard.includes('sound') && heard.includes('report')) resolve()
      }
      pair.listen({ lower: hear, upper: hear })
    })
    await rawDatagram(first)
    await rawDatagram(first + 1)
    // Each socket keeps the order, so what is heard afterwards shows that these were dropped.
    await phone.sends(Buffer.from('sound'), first, host)
    await phone.sends(Buffer.from('report'), first + 1, host)
    await both
    assert.deepEqual(heard.sort(), ['report', 'sound'])
  })
})

/** Node has no raw sockets. 255 lets us write the IP header. The headers are those of IPv4 (RFC 791 §3.1) and UDP, where a checksum of 0 means none (RFC 768). */
const rawDatagram = (port: number): Promise<unknown> =>
  promisify(execFile)('perl', [
    '-MSocket',
    '-e',
    'my ($port, $host) = ($ARGV[0], inet_aton($ARGV[1])); socket(S, PF_INET, SOCK_RAW, 255) or die $!;' +
      'my $packet = pack("CCnnnCCna4a4 nnnn a3", 0x45, 0, 31, 0, 0, 64, 17, 0, $host, $host, 0, $port, 11, 0, "raw");' +
      'send(S, $packet, 0, pack_sockaddr_in(0, $host)) or die $!',
    String(port),
    host,
  ])
