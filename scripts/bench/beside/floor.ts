import { createSocket } from 'node:dgram'

/**
 * The least that a B2BUA in Node can cost: `floor.ts PORT AGENT-PORT`. It reads four header fields of each message and writes the
 * next one. It has no transactions, no timers and no checks, and does not route.
 */
interface Call {
  readonly number: number
  readonly caller: number
  /** Via, From, To, Call-ID and CSeq of the INVITE, as lines. */
  readonly via: string
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly cseq: string
  /** The agent's To, with its tag. */
  agentTo: string
}

const [port = 0, agentPort = 0] = process.argv.slice(2).map(Number)
const room = 4 * 1024 * 1024
const socket = createSocket({ type: 'udp4', recvBufferSize: room, sendBufferSize: room })
const byCaller = new Map<string, Call>()
const byAgent = new Map<string, Call>()
let count = 0

const field = (text: string, name: string): string => {
  const at = text.indexOf(`\r\n${name}: `)
  if (at < 0) return ''
  const from = at + name.length + 4
  return text.slice(from, text.indexOf('\r\n', from))
}
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4)
const send = (text: string, to: number): void => socket.send(text, to, '127.0.0.1')
const withBody = (body: string): string =>
  `${body === '' ? '' : 'Content-Type: application/sdp\r\n'}Content-Length: ${body.length}\r\n\r\n${body}`

function answer(text: string, status: string, to: number, tag = '', more = withBody('')): void {
  const copied = ['Via', 'From'].map(name => `${name}: ${field(text, name)}\r\n`).join('')
  const named = `To: ${field(text, 'To')}${tag}\r\nCall-ID: ${field(text, 'Call-ID')}\r\nCSeq: ${field(text, 'CSeq')}\r\n`
  send(`SIP/2.0 ${status}\r\n${copied}${named}${more}`, to)
}

function toAgent(call: Call, method: string, cseq: number, more: string): void {
  const branch = `z9hG4bK${method}${call.number}`
  send(
    `${method} sip:agent@127.0.0.1:${agentPort} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=${branch}\r\nMax-Forwards: 70\r\n` +
      `From: <sip:floor@127.0.0.1>;tag=f${call.number}\r\nTo: ${call.agentTo}\r\nCall-ID: floor-${call.number}\r\nCSeq: ${cseq} ${method}\r\n${more}`,
    agentPort,
  )
}

function toCaller(call: Call, status: string, more: string): void {
  const { via, from, to, callId, cseq, caller, number } = call
  const copied = `Via: ${via}\r\nFrom: ${from}\r\nTo: ${to};tag=c${number}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq}\r\n`
  send(`SIP/2.0 ${status}\r\n${copied}Contact: <sip:floor@127.0.0.1:${port}>\r\n${more}`, caller)
}

function invited(text: string, caller: number): void {
  const callId = field(text, 'Call-ID')
  if (byCaller.has(callId)) return
  count += 1
  const [via, from, to, cseq] = [field(text, 'Via'), field(text, 'From'), field(text, 'To'), field(text, 'CSeq')]
  const agentTo = `<sip:agent@127.0.0.1:${agentPort}>`
  const call: Call = { number: count, caller, via, from, to, callId, cseq, agentTo }
  byCaller.set(callId, call)
  byAgent.set(`floor-${count}`, call)
  answer(text, '100 Trying', caller)
  toAgent(call, 'INVITE', 1, `Contact: <sip:floor@127.0.0.1:${port}>\r\n${withBody(bodyOf(text))}`)
}

function responded(text: string): void {
  const callId = field(text, 'Call-ID')
  const call = byAgent.get(callId)
  if (!call) return
  if (field(text, 'CSeq').endsWith('BYE')) return void byAgent.delete(callId)
  call.agentTo = field(text, 'To')
  if (text.startsWith('SIP/2.0 180')) toCaller(call, '180 Ringing', withBody(''))
  if (!text.startsWith('SIP/2.0 200')) return
  toAgent(call, 'ACK', 1, withBody(''))
  toCaller(call, '200 OK', withBody(bodyOf(text)))
}

function hungUp(text: string, caller: number): void {
  const callId = field(text, 'Call-ID')
  const call = byCaller.get(callId)
  answer(text, '200 OK', caller)
  if (!call) return
  byCaller.delete(callId)
  toAgent(call, 'BYE', 2, withBody(''))
}

socket.on('error', error => console.error(`the floor's socket failed: ${error.message}`))
socket.on('message', (bytes, { port: from }) => {
  const text = bytes.toString('latin1')
  if (text.startsWith('SIP/2.0 ')) responded(text)
  else if (text.startsWith('INVITE ')) invited(text, from)
  else if (text.startsWith('BYE ')) hungUp(text, from)
})
socket.bind(port, '127.0.0.1')
