import { randomBytes } from 'node:crypto'
import { systemClock } from './src/foundation/clock.js'
import { buildRequest, buildResponse } from './src/sip/message/build.js'
import { topVia } from './src/sip/message/fields.js'
import { parseMessage } from './src/sip/message/parse.js'
import { TransactionLayer } from './src/sip/transaction/layer.js'
import { Tokens } from './src/sip/transaction/tokens.js'
import { SipCounters } from './src/sip/transport/counters.js'
import { viaAsReceived } from './src/sip/transport/received.js'
import type { Hop, MessageTransport } from './src/sip/transport/transport.js'
import { defaultTimerValues } from './src/sip/transaction/timers.js'
import { millis } from './src/foundation/time.js'

const values = process.argv[2] === 'short' ? { t1: millis(10), t2: millis(40), t4: millis(50) } : defaultTimerValues
const queue: (() => void)[] = []
function make(name: string, peer: () => any) {
  const tokens = new Tokens(randomBytes)
  const source: Hop = { transport: 'udp', host: name, port: 5060, listenPoint: 0 }
  const hops: Hop[] = [{ transport: 'udp', host: name === '10.0.0.1' ? '10.0.0.2' : '10.0.0.1', port: 5060 }]
  const location = { hops, anyTransport: true }
  const local = { transport: 'udp' as const, host: name, port: 5060 }
  const transport: MessageTransport = {
    locate: (_t, found) => found(location), local: () => local,
    send: bytes => void queue.push(() => peer().receive(bytes, source)),
    streamTo: () => undefined, avoid: () => undefined,
  }
  const layer = new TransactionLayer({ transport, clock: systemClock, counters: new SipCounters(), tokens, timers: values })
  return { layer, tokens, receive(bytes: Buffer, from: Hop) {
    const r = parseMessage(bytes, 'datagram'); if (r.kind !== 'message') throw new Error(JSON.stringify(r))
    const via = topVia(r.message.headers)!
    if (r.message.kind === 'response') layer.onResponse(r.message, via)
    else layer.onRequest(r.message, viaAsReceived(r.message, via, from), from)
  } }
}
const a: any = make('10.0.0.1', () => b), b: any = make('10.0.0.2', () => a)
const sdp = 'v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n'
const byCall = new Map<string, any>()
a.layer.serve({ onRequest() {}, onAck() {}, onStrayResponse() {} })
b.layer.serve({
  onRequest(t: any) { 
    if (t.request.method === 'INVITE') byCall.set(t.request.headers.first('Call-ID'), t)
    t.respond(buildResponse(t.request, 200, { toTag: b.tokens.tag(), headers: [['Contact', '<sip:10.0.0.2>']], body: t.request.method === 'INVITE' ? sdp : '' , contentType: 'application/sdp'})) },
  onAck(ack: any) { const id = ack.headers.first('Call-ID'); byCall.get(id)?.acknowledged(); byCall.delete(id) },
  onStrayResponse() {},
})
let done = 0
function call() {
  const callId = a.tokens.tag(), fromTag = a.tokens.tag()
  const parts = (method: string, cseq: number, to: string) => buildRequest({ method, uri: 'sip:bob@10.0.0.2', from: `<sip:alice@10.0.0.1>;tag=${fromTag}`, to, callId, cseq, contact: '<sip:10.0.0.1:5060>', ...(method === 'INVITE' && { body: sdp, contentType: 'application/sdp' }) })
  a.layer.request(parts('INVITE', 1, '<sip:bob@10.0.0.2>'), 'sip:10.0.0.2', { failed() {}, final(r: any) {
    const to = r.headers.first('To')
    a.layer.sendAck(parts('ACK', 1, to), 'sip:10.0.0.2')
    a.layer.request(parts('BYE', 2, to), 'sip:10.0.0.2', { failed() { throw 1 }, final() { done++ } })
  } })
  let next; while ((next = queue.shift())) next()
}
const n = Number(process.argv[3] ?? 20000)
const gc = (globalThis as any).gc
function run(label: string, count: number) {
  done = 0; const c0 = process.cpuUsage(), t = performance.now()
  for (let i = 0; i < count; i++) call()
  const ms = performance.now() - t, c = process.cpuUsage(c0)
  console.log(label, done, 'calls', (ms * 1000 / count).toFixed(1), 'µs/call wall', ((c.user + c.system) / count).toFixed(1), 'µs/call cpu; /4 transactions', (ms * 1000 / count / 4).toFixed(1), 'size', a.layer.size + b.layer.size)
}
run('warm', 5000)
gc?.(); const h0 = process.memoryUsage(); const s0 = a.layer.size + b.layer.size
run('run ', n); run('run ', n)
gc?.(); const h1 = process.memoryUsage(); const s1 = a.layer.size + b.layer.size
console.log('lingering', s1 - s0, 'heap bytes each', ((h1.heapUsed - h0.heapUsed) / (s1 - s0)).toFixed(0), 'external each', ((h1.arrayBuffers - h0.arrayBuffers) / (s1 - s0)).toFixed(0))
process.exit(0)
