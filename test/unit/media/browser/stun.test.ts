import assert from 'node:assert/strict'
import {
  readBindingRequest,
  readBindingResponse,
  writeBindingRequest,
  writeBindingResponse,
} from '../../../../src/media/browser/stun.js'

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex')

/** The example of RFC 5769 §2.1. The passwords and addresses below belong to it. */
const request = hex(`
  00010058 2112a442 b7e7a701bc34d686fa87dfae
  80220010 5354554e207465737420636c69656e74
  00240004 6e0001ff 80290008 932ff9b151263b36
  00060009 6576746a3a68367659202020
  00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  80280004 e57a3bcf`)
const password = 'VOkJxbRl1RmTxUk/WvJxBt'
const mappedV4 = hex('00200008 0001a147e112a643')
const mappedV6 = hex('00200014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9')

describe('connectivity checks', () => {
  it('are read as in RFC 5769 §2.1, and accepted with the right password', () => {
    const read = readBindingRequest(request)
    assert(read)
    assert.equal(read.username, 'evtj:h6vY')
    assert.equal(read.nominates, false)
    assert(read.isBy(password))
    assert(!read.isBy('VOkJxbRl1RmTxUk/WvJxBu'))
    const forged = Buffer.from(request)
    forged[44] = 0x6f
    assert.equal(readBindingRequest(forged)?.isBy(password), false)
  })

  it('are answered with the XOR-mapped address of RFC 5769 §2.2 and §2.3, signed and with a fingerprint', () => {
    const transaction = request.subarray(8, 20)
    const answer = writeBindingResponse(transaction, { address: '192.0.2.1', port: 32_853 }, password)
    assert.equal(answer.readUInt16BE(0), 0x0101)
    assert.equal(answer.readUInt16BE(2), answer.length - 20)
    assert.deepEqual(answer.subarray(8, 20), transaction)
    assert.deepEqual(answer.subarray(20, 32), mappedV4)
    const six = writeBindingResponse(transaction, { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 }, password)
    assert.deepEqual(six.subarray(20, 44), mappedV6)
  })

  it('of our own are signed with the browser’s password, and answers are read as in RFC 5769 §2.2', () => {
    const transaction = request.subarray(8, 20)
    const own = writeBindingRequest({ transaction, username: 'them:ours', password })
    const read = readBindingRequest(own)
    assert.deepEqual([read?.username, read?.isBy(password), read?.transaction], ['them:ours', true, transaction])
    assert(own.length <= request.length)
    const response = hex(`
      0101003c 2112a442 b7e7a701bc34d686fa87dfae
      8022000b 7465737420766563746f7220
      00200008 0001a147e112a643
      00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
      80280004 c07d4c96`)
    assert(readBindingResponse(response)?.isBy(password))
    assert.equal(readBindingResponse(response)?.isBy('another'), false)
    assert.deepEqual(readBindingResponse(response)?.transaction, transaction)
    assert.equal(readBindingResponse(own), undefined)
    assert.equal(readBindingResponse(response.subarray(0, 40)), undefined)
  })

  it('are ignored when they are truncated, malformed or unsigned', () => {
    for (let size = 0; size < request.length; size += 1) assert.equal(readBindingRequest(request.subarray(0, size)), undefined)
    const changes: readonly ((bytes: Buffer) => unknown)[] = [
      bytes => bytes.writeUInt16BE(0x0101, 0),
      bytes => bytes.writeUInt32BE(1, 4),
      bytes => bytes.writeUInt16BE(0x0400, 22),
      bytes => bytes.writeUInt16BE(0x0009, 76),
    ]
    for (const change of changes) {
      const other = Buffer.from(request)
      change(other)
      assert.equal(readBindingRequest(other), undefined)
    }
  })
})
