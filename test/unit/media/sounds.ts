import type { Sound } from '../../../src/media/rtp/sound.js'

/** A sound with these bytes in both laws. */
export function sound(...bytes: readonly number[]): Sound {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return { pcmu: shared, pcma: shared }
}

/** This many samples. No two frames are the same. */
export const samples = (length: number): number[] => Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff)
