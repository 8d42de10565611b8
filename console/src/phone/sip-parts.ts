/** What a phone uses of SIP.js, and the calls that we build on it. Only `loadSip` loads this file. */
export { Inviter, Registerer, RegistererState, UserAgent } from 'sip.js'
export { SipCall } from './sip-call.js'
