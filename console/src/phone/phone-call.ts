/** The latest transfer. `takenBack`: the agent stopped it. `status`: the final response of its target, or of the server. */
export type TransferState =
  { readonly kind: 'none' | 'asked' | 'takenBack' } | { readonly kind: 'refused'; readonly status: number }

export type CallAction = 'answer' | 'hold' | 'resume' | 'transfer' | 'end'

export interface PhoneCall {
  readonly id: string
  readonly direction: 'incoming' | 'outgoing'
  /** The display name that the other side sent, otherwise its number. */
  readonly peer: string
  /** The server's id of the call, if the INVITE had a Call-Info header with the call's page. */
  readonly callId?: string
  readonly state: 'ringing' | 'talking'
  /** When this state began, in milliseconds since the epoch. */
  readonly since: number
  readonly muted: boolean
  readonly onHold: boolean
  readonly transfer: TransferState
  /** Set while no sound can pass. `address`: the address at which the server waits for it. */
  readonly silent: { readonly address: string | undefined } | undefined
  /** The action in progress. Buttons are disabled until it is over. */
  readonly busy: CallAction | 'mend' | undefined
  /** The last action, if it failed. */
  readonly failed: CallAction | undefined
}

/** Whether the person takes part: they dialled the call or answered it. An incoming call that only rings does not count. */
export const inProgress = ({ direction, state }: PhoneCall): boolean => direction === 'outgoing' || state === 'talking'
