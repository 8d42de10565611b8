import { answering, audio, type SipText } from '../soak/message.js'
import { token, type Party, type Peer } from '../soak/peer.js'

/** The PBX of the sample: its mailbox and its outside numbers answer every call, and the caller hangs up. */
export function answerAll(peer: Peer, soundPort: number): void {
  peer.fresh = invite => {
    if (invite.method !== 'INVITE') return peer.reply(invite, invite.method === 'OPTIONS' ? 200 : 405)
    const tag = token()
    const description = (offer: string): string => audio(soundPort, answering(offer), 1)
    const party: Party = {
      asked: (request: SipText) => {
        if (request.method === 'ACK') return
        peer.reply(request, 200, request.body.startsWith('v=0') ? { body: description(request.body) } : {})
        if (request.method === 'BYE') peer.parties.delete(invite.callId)
      },
    }
    peer.parties.set(invite.callId, party)
    peer.reply(invite, 200, { tag, body: description(invite.body) })
  }
}
