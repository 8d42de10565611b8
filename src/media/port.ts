import type { Millis, WallTime } from '../foundation/time.js'
import type { Body, Writer } from '../legs/body.js'
import type { Refusal } from '../legs/gateway.js'
import type { Digit } from '../routing/world/words.js'
import type { PromptId } from '../routing/world/ids.js'

export type { Digit } from '../routing/world/words.js'

/** What callers hear from Carillon itself, and what it hears from them. */
export interface Media {
  /** Whether `open` would accept this offer while a port is free. */
  speaks(offer: Body | undefined): boolean
  /** What keeps `open` from accepting this offer, for an admin. Undefined: nothing, or the config has no media. */
  faultOf(offer: Body | undefined): string | undefined
  /**
   * Opens a stream to one caller (RFC 3264). With the caller's SDP offer, `body` is our answer. Without one it is our offer, and
   * `accept` takes the answer. Nothing is sent before the caller's description is known. `writer` writes the
   * caller's descriptions.
   */
  open(offer: Body | undefined, listener: StreamListener, writer?: Writer): Opened
  /** Why a relay can't carry this offer. Undefined: it can, or there is no offer yet. */
  relayFault(offer: Body | undefined, sound?: RelayedSound): string | undefined
  /** A relay for the two sides of one call. Undefined: this engine has none. It takes no port before it needs one. */
  anchor(listener: AnchorListener, sound?: RelayedSound): Anchor | undefined
  /** The number of open streams. */
  readonly streams: number
  /** Ends every stream and frees the ports. */
  stop(): Promise<void>
}

export type Opened =
  | { readonly kind: 'opened'; readonly stream: Stream; readonly body: Body }
  /** We can't use the offered media (SRTP, DTLS, no common codec), or no port is free. The caller hears ringback instead. */
  | { readonly kind: 'unsupported'; readonly because: string }

export interface Stream {
  /** Takes the answer to our offer. False: it can't be used, and the previous agreement stays. */
  accept(answer: Body): boolean
  /**
   * Handles the caller's re-INVITE or UPDATE while they hear us. Returns our answer, or our offer if the request has none.
   * Undefined: answer 488, and the previous agreement stays.
   */
  renegotiate(offer: Body | undefined): Body | undefined
  /**
   * Plays a prompt once, replacing what plays. `finished` reports its end. A prompt without sound (broken file, no voice) ends at
   * once.
   */
  play(prompt: PromptId): void
  /** Repeats this music, replacing what plays. The same music as before continues where it was. */
  loop(music: PromptId): void
  silence(): void
  /** The session of its descriptions, so that a side of a relay can go on with it. */
  state(): KeptAnchorSide
  /** When the caller's RTP or RTCP last came, by the clock's monotonic time, accurate to some seconds. Undefined: never. */
  heardAt(): number | undefined
  close(): void
}

/** Called in a later turn of the event loop, never during a call of ours, and never after `close`. */
export interface StreamListener {
  /** The prompt was played to its end. Not called for a prompt that was replaced. */
  finished(prompt: PromptId): void
  /** A key was pressed (telephone-event, RFC 4733). Called once per key. */
  digit(digit: Digit): void
  /** The stream no longer serves its caller. */
  lost(why: StreamLoss): void
  /**
   * The caller hears nothing until a packet comes from them, because nothing has proven that they are at the address in their
   * description.
   */
  muted?(places: MediaPlaces): void
}

export type StreamLoss =
  /** No RTP and no RTCP came for the time `after`, although the caller should send. `heard`: some came earlier. */
  | { readonly kind: 'silent'; readonly places: MediaPlaces; readonly heard: boolean; readonly after: Millis }
  /** Our own engine ended. */
  | { readonly kind: 'broken' }

/** Where a caller's packets should come from and go to, as `address:port`. Admins need it for firewalls. */
export interface MediaPlaces {
  /** The address in the caller's description. */
  readonly theirs: string
  /** The address in our description. */
  readonly ours: string
}

/** `g711`: codecs that can be recorded. */
export type RelayedSound = 'any' | 'g711'

/**
 * The relay of one call (docs/decisions/107). The caller's side has one port for the whole call. Each partner's side has its own. The
 * caller hears the partner whose side agreed last.
 */
export interface Anchor {
  /** Whether the call can be recorded. */
  readonly records: boolean
  /** The caller hears this stream, and its port becomes that of the caller's side. False: that side has another already. */
  adopt(stream: Stream): boolean
  /** A side for one partner. Undefined: no port is free. `kept`: the session of a partner from before a restart. */
  side(kept?: KeptAnchorSide): AnchorSide | undefined
  /** Records the two sides from now on. A further request begins a new part of the same recording. Undefined: nothing is recorded now. */
  record(part: PartToRecord | undefined): void
  /** What our next descriptions say about the recording (RFC 7866 §6.2). Undefined: nothing, because this call is never recorded. */
  showRecording(state: ShownRecording | undefined): void
  /** Whether supervisors can hear the two sides: both agreed on G.711 and nothing else. */
  readonly mixes: boolean
  /** From now on these supervisors hear the two sides, and may be heard. An empty list: nobody. It ends when another partner takes the call. */
  supervise(supervisors: readonly HeardSupervisor[]): void
  close(): void
}

/** Who hears a supervisor besides other supervisors: nobody, the partner alone, or both sides. */
export type HeardBy = 'nobody' | 'partner' | 'both'

/** A supervisor of a relayed call. */
export interface HeardSupervisor {
  /** The supervisor's own stream. */
  readonly stream: Stream
  readonly heardBy: HeardBy
}

export type ShownRecording = 'on' | 'off' | 'paused'

/** What a part of a recording is of, without its time. */
export type PartToRecord = Omit<RecordedPart, 'from'>

/** A stretch of a call that is recorded without a break and with the same partner. */
export interface RecordedPart {
  readonly call: string
  readonly workflow: string
  /** The caller's URI, as people see it. */
  readonly caller: string
  readonly callerName?: string
  /** The agent who talks. Absent: somebody who is no agent. */
  readonly agent?: string
  readonly from: WallTime
}

/** Why a call is not recorded, or not to its end. */
export type RecordingFault =
  /** The quota is reached, or the disk is almost full. */
  | 'full'
  /** The folder is not there, for example because its disk is not mounted. */
  | 'gone'
  /** Another error of the file system. */
  | 'unwritable'

/** A recording in the folder, without its sound. */
export interface StoredRecording {
  readonly call: string
  readonly workflow: string
  readonly caller: string
  readonly callerName?: string
  readonly parts: readonly StoredPart[]
  /** The length of the sound in seconds. Pauses take no time in it. */
  readonly seconds: number
  /** The size of the sound in bytes. */
  readonly bytes: number
  /** The sound is complete. Otherwise it is being written. */
  readonly isFinished: boolean
}

export interface StoredPart {
  /** Where the part begins in the sound, in seconds. */
  readonly at: number
  readonly from: WallTime
  /** Absent: the part is being written. */
  readonly to?: WallTime
  readonly agent?: string
}

/** Which recordings are listed. The filters are combined by AND. */
export interface RecordingFilter {
  readonly from?: WallTime
  readonly to?: WallTime
  readonly workflow?: string
  /** The recordings of these workflows. Absent: of all. */
  readonly workflows?: readonly string[]
  readonly agent?: string
  /** A part of the caller's URI or name. Of a number, only the digits count. */
  readonly caller?: string
  /** 1 to 1,000. */
  readonly limit: number
  /** The call of the last recording of the previous page. */
  readonly after?: string
}

/** The latest recordings first. */
export interface RecordingPage {
  readonly recordings: readonly StoredRecording[]
  /** There are more after the last one. */
  readonly more: boolean
}

/** The loudest sample in each of equal stretches, from 0 to 1. */
export interface Waveform {
  readonly caller: readonly number[]
  readonly agent: readonly number[]
}

/** The recordings of calls. Each answer is undefined if there is no such recording. Rejects if the folder can't be read, or not in time. */
export interface Recordings {
  find(call: string): Promise<StoredRecording | undefined>
  list(filter: RecordingFilter): Promise<RecordingPage>
  waveform(call: string): Promise<Waveform | undefined>
  /** The file with the sound of a complete recording. */
  soundOf(call: string): string | undefined
  /** Deletes a recording. It must be complete. */
  remove(call: string): Promise<true | undefined>
}

/** For metrics and health. */
export interface RecordingStatistics {
  /** Recordings that are being written. */
  readonly open: number
  /** All recordings, in bytes. */
  readonly bytes: number
  readonly finished: number
  readonly failed: Readonly<Record<RecordingFault, number>>
  /** Recordings that were deleted because they were too old, or to make room. */
  readonly expired: number
  /** Pieces of about a second that were not written, because the disk was too slow. */
  readonly piecesDropped: number
}

/** Called in a later turn of the event loop, never after `close`. */
export interface AnchorListener {
  /** The ports of the call are gone. Both sides need new descriptions. */
  broke(): void
}

/** What the next process needs so that the session of a partner goes on (RFC 3264 §8). */
export interface KeptAnchorSide {
  readonly id: string
  readonly version: number
}

/**
 * Turns the descriptions of a caller and one partner into ours. A new offer replaces one that has no answer yet. A result of undefined
 * means that the description can't be used. The previous agreement then stays in force (RFC 3264).
 */
export interface AnchorSide {
  offerToPartner(callers: Body): Body | undefined
  answerFromPartner(answer: Body): Body | undefined
  offerFromPartner(partners: Body): Body | undefined
  answerToPartner(callers: Body): Body | undefined
  /** The partner takes the call. Before this, nothing goes to or comes from a phone that has answered. */
  connect(): void
  /** Answers an offer that changes nothing for the other side. Undefined: the other side has to be asked. */
  settled(by: 'caller' | 'partner', offer: Body): Body | undefined
  state(): KeptAnchorSide
  close(): void
}

/** For metrics. */
export interface MediaStatistics {
  readonly streams: number
  /** Calls whose media pass through the relay now. */
  readonly anchored: number
  readonly packetsRelayed: number
  /** Packets on relayed calls that were not passed on, because they came too fast or were none of the call's sound. */
  readonly packetsNotRelayed: number
  readonly recordings: RecordingStatistics
  /** Legs with browsers. */
  readonly gateways: number
  readonly packetsSent: number
  readonly packetsReceived: number
  /** Packets that we sent and the kernel refused. */
  readonly packetsDropped: number
  /** Packets on browser legs that came faster than allowed. */
  readonly packetsRefused: number
  /** Ticks of 10 ms that came after their time. */
  readonly lateTicks: number
  /** Browser legs that were lost, by reason. */
  readonly gatewaysLost: Readonly<Record<LossReason, number>>
  /** Browser legs that were refused, by reason. */
  readonly gatewaysRefused: Readonly<Record<Refusal, number>>
  /** How often the browser media process ended and was replaced. */
  readonly restarts: number
}

/** Why a browser leg was lost. */
export type LossReason =
  /** No connectivity check came soon enough after the agreement. */
  | 'noCheck'
  /** Checks came, but no handshake was completed in time. */
  | 'noHandshake'
  /** The handshake failed, or the browser is not the one in its description. */
  | 'handshakeFailed'
  /** No more checks came: the browser has gone. */
  | 'silent'
  /** The browser sent far more than normal. */
  | 'wasteful'
  /** An internal error. */
  | 'fault'
  /** The process that served it ended. */
  | 'processEnded'
