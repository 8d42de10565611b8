import type { Codec } from '../sdp.js'

/** Fills a frame with sound that is mixed now. False: there is none. `slotMs`: the time of the frame, in milliseconds of the media thread. */
export type FrameSource = (codec: Codec, frame: Uint8Array, slotMs: number) => boolean
