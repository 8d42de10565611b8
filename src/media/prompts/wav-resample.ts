/** Samples per second of everything that callers hear (G.711). */
export const telephoneRate = 8_000

/**
 * Both are shares of the lower rate. `cutOff`: the frequency at which half of the level passes. `transition`: the width of the whole
 * transition. At 8 kHz these are 3,720 Hz and 640 Hz.
 */
const cutOff = 0.465
const transition = 0.08
/** The attenuation above the transition in dB, and the Kaiser window for it (Kaiser's formulas, Oppenheim and Schafer §7.5.3). */
const suppression = 70
const beta = 0.1102 * (suppression - 8.7)

/** The same sound at 8,000 samples per second. One low-pass filter keeps what telephones carry and prevents aliasing. */
export function resample(samples: Float32Array, rate: number): Float32Array {
  if (rate === telephoneRate) return samples
  const reach = reachAt(rate)
  // Silence on both sides, so that the filter never reads beyond the ends.
  const padded = new Float32Array(samples.length + 2 * reach)
  padded.set(samples, reach)
  const filters: (Float32Array | undefined)[] = []
  const made = new Float32Array(Math.floor((samples.length * telephoneRate) / rate))
  for (let i = 0; i < made.length; i += 1) {
    // The offset after the preceding source sample, in 1/8,000 of the distance to the next. There are few different offsets.
    const behind = (i * rate) % telephoneRate
    const filter = (filters[behind] ??= lowPass(rate, reach, behind / telephoneRate))
    made[i] = filtered(padded, (i * rate - behind) / telephoneRate, filter)
  }
  return made
}

function filtered(samples: Float32Array, from: number, filter: Float32Array): number {
  let sum = 0
  for (let k = 0; k < filter.length; k += 1) sum += (samples[from + k] ?? 0) * (filter[k] ?? 0)
  return sum
}

/** How many source samples count on each side. */
function reachAt(rate: number): number {
  const width = (transition * Math.min(rate, telephoneRate)) / rate
  return Math.ceil((suppression - 7.95) / (2.285 * 2 * Math.PI * width) / 2)
}

/** A sinc with a Kaiser window, centred `behind` after the sample at `reach`. */
function lowPass(rate: number, reach: number, behind: number): Float32Array {
  const edge = (2 * cutOff * Math.min(rate, telephoneRate)) / rate
  return Float32Array.from({ length: 2 * reach + 1 }, (_, k) => {
    const away = k - reach - behind
    const share = Math.min(1, (away / reach) ** 2)
    return (bessel(beta * Math.sqrt(1 - share)) / highestWindow) * edge * sinc(edge * away)
  })
}

const highestWindow = bessel(beta)

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

/** The modified Bessel function of the first kind, order zero, as a series. */
function bessel(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-9; k += 1) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}
