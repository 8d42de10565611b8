import type { Store } from '../store.js'

/** A telephone in the browser, whatever library speaks SIP for it. */
export interface Phone {
  readonly view: Store<PhoneView>
  /** Registers (an agent's phone) or only connects (a guest's). */
  start(): Promise<void>
  stop(): Promise<void>
  call(uri: string): Promise<void>
  answer(id: string): Promise<void>
  /** Ends the call, whatever it is at: declines, cancels or hangs up. */
  end(id: string): Promise<void>
  mute(id: string, on: boolean): void
  hold(id: string, on: boolean): Promise<void>
  key(id: string, key: string): void
  /** Blind: the other side is sent to the URI. */
  transfer(id: string, uri: string): Promise<void>
}

export interface PhoneView {
  readonly status: PhoneStatus
  readonly calls: readonly PhoneCall[]
  /** Why the last thing that was asked of it was not done. */
  readonly failure?: PhoneFailure
}

export type PhoneStatus = 'off' | 'connecting' | 'ready' | 'lost'

export type PhoneFailure =
  | { readonly why: 'noServer' | 'refused' | 'unreachable' | 'microphone' | 'failed' }
  | { readonly why: 'rejected'; readonly status: number }

export interface PhoneCall {
  readonly id: string
  readonly direction: 'incoming' | 'outgoing'
  /** Who is at the other end, as they name themselves. */
  readonly peer: string
  /** The server's name for the call, where its INVITE told the page of the call. */
  readonly callId?: string
  readonly state: 'ringing' | 'talking'
  /** When that state began, in milliseconds since the epoch. */
  readonly since: number
  readonly muted: boolean
  readonly onHold: boolean
  readonly transfer: 'none' | 'asked' | 'refused'
}

/** Whether its user is in the call, or has dialled it; one that rings is not theirs yet. */
export const inProgress = ({ direction, state }: PhoneCall): boolean => direction === 'outgoing' || state === 'talking'
