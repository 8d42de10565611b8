/** SIPp scenarios of the bench: an agent that rings and answers, a caller who talks and hangs up. */

const response = (status: string, extra = ''): string => `<send${status.startsWith('200') ? ' retrans="500"' : ''}><![CDATA[
SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
${extra}
]]></send>`

const sdp = `Content-Type: application/sdp
Content-Length: [len]

v=0
o=bench 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 40000 RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
`

/** Rings for this many ms, answers, and answers the caller's BYE. */
export const agentScenario = (ringMs: number): string => `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="agent">
<recv request="INVITE"/>
${response('180 Ringing', 'Content-Length: 0\n')}
<pause milliseconds="${ringMs}"/>
${response('200 OK', sdp)}
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
`

const head = (method: string, cseq: number, uri: string, to: string): string => `${method} ${uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: "Bench" <sip:caller[call_number]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:g@example.com>${to}
Call-ID: [call_id]
CSeq: ${cseq} ${method}
Max-Forwards: 70
Contact: <sip:caller@[local_ip]:[local_port]>`

/** The workflows in turn, for SIPp's `-inf`. */
export const workflowList = (workflows: number): string =>
  ['SEQUENTIAL', ...Array.from({ length: workflows }, (_, index) => `g${index};`)].join('\n') + '\n'

/** Calls the next workflow of the list, talks for this many ms, hangs up. Timer 1 runs to the 180, timer 2 to the 200. */
export const callerScenario = (talkMs: number): string => `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
<nop start_rtd="2"/>
<send retrans="500" start_rtd="1"><![CDATA[
${head('INVITE', 1, 'sip:[field0]@example.com', '')}
${sdp}
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true" rtd="1"/>
<recv response="180" optional="true"/>
<recv response="182" optional="true"/>
<recv response="200" rtd="2" rrs="true"/>
<send><![CDATA[
${head('ACK', 1, '[next_url]', '[peer_tag_param]')}
Content-Length: 0

]]></send>
<pause milliseconds="${talkMs}"/>
<send retrans="500"><![CDATA[
${head('BYE', 2, '[next_url]', '[peer_tag_param]')}
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
`

/** Calls, is answered with music, and listens for this many ms. Sends no sound, and says so in SDP. */
export const listenerScenario = (ms: number): string =>
  callerScenario(ms).replace('a=sendrecv', 'a=recvonly').replace('m=audio 40000', 'm=audio [media_port]')
