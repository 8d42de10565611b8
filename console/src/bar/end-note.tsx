import type { VNode } from 'preact'
import type { Messages } from '../language/en.js'
import { useMessages } from '../language/language.js'
import type { CallEnd, Phone } from '../phone/phone.js'
import { useStore } from '../store.js'
import { Icon } from '../ui/icon.js'

/** Why a call ended, if the person did not end it. The note stays until the person closes it, or until the next call. */
export function EndNote({ phone, shownBelow }: { readonly phone: Phone; readonly shownBelow: boolean }): VNode {
  const messages = useMessages()
  const { ended } = useStore(phone.view)
  const isTold = ended !== undefined && isTrouble(ended) && !shownBelow
  return (
    <div role="alert">
      {isTold && (
        <p class="banner banner-bad">
          <Icon name="alert" />
          {endWords(messages, ended)}
          <button type="button" class="button quiet" onClick={() => phone.forgetEnd()}>
            {messages.phone.read}
          </button>
        </p>
      )}
    </div>
  )
}

export const isTrouble = ({ how }: CallEnd): boolean => how !== 'hungUp' && how !== 'over'

export function endWords({ phone: { ends, rejections } }: Messages, end: CallEnd): string {
  return end.how === 'rejected' ? rejections[rejectionOf(end.status)] : ends[end.how]
}

/** Why a transfer failed. The server itself sends 403 if the config does not allow the target, and 603 if the agent may not transfer. */
export const transferRejectionOf = (status: number): keyof Messages['phone']['transferFailed'] =>
  status === 403 ? 'notAllowed' : rejectionOf(status)

/** What a final response means to the caller (RFC 3261 §21). */
function rejectionOf(status: number): keyof Messages['phone']['rejections'] {
  switch (status) {
    case 486:
    case 600:
      return 'busy'
    case 403:
    case 603:
      return 'declined'
    case 404:
    case 484:
    case 604:
      return 'unknown'
    case 408:
    case 480:
      return 'unavailable'
    default:
      return 'other'
  }
}
