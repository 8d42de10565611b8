import { alaw, mulaw } from '../rtp/laws.js'
import type { Codec } from '../sdp.js'

const bytes = Uint8Array.from({ length: 256 }, (_, value) => value)
const samples = Int16Array.from({ length: 65_536 }, (_, value) => value - 32_768)

/** For each byte of a law: its sample (G.711). */
const sampleOf: Readonly<Record<Codec, Int16Array>> = { pcmu: mulaw.decode(bytes), pcma: alaw.decode(bytes) }
/** For each sample from -32,768 on: its byte. */
const byteOf: Readonly<Record<Codec, Uint8Array>> = { pcmu: mulaw.encode(samples), pcma: alaw.encode(samples) }

/** The laws by their static payload type (RFC 3551 §6). */
const lawOf: Readonly<Record<number, Codec | undefined>> = { 0: 'pcmu', 8: 'pcma' }

/** The law of a packet. Undefined: it is not G.711. */
export const lawOfType = (payloadType: number): Codec | undefined => lawOf[payloadType]

export const toSample = (law: Codec, byte: number): number => sampleOf[law][byte] ?? 0

/** A sum of several voices may be too loud for a sample, and is clipped. */
export const toByte = (law: Codec, sum: number): number => byteOf[law][Math.min(32_767, Math.max(-32_768, sum)) + 32_768] ?? 0
