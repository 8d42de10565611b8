import { after } from '../../clock.js'
import { largestFile, longestSound, telephoneRate } from './sound.js'

/** What the browser does with sounds: decode, play, record. */

type Decoded = { readonly kind: 'sound'; readonly samples: Float32Array } | { readonly kind: 'tooLarge' | 'tooLong' | 'unknown' }

/** Reads any sound that the browser can decode, as a telephone would carry it. */
export async function decode(file: Blob): Promise<Decoded> {
  if (file.size > largestFile) return { kind: 'tooLarge' }
  try {
    // Decoding converts to this rate, so a long sound takes little memory.
    const whole = await new OfflineAudioContext(1, 1, telephoneRate).decodeAudioData(await file.arrayBuffer())
    if (whole.duration > longestSound) return { kind: 'tooLong' }
    return { kind: 'sound', samples: mixed(whole) }
  } catch {
    return { kind: 'unknown' } // The browser says only that it can't decode the file.
  }
}

/** One channel. */
function mixed(sound: AudioBuffer): Float32Array {
  const samples = new Float32Array(sound.length)
  for (let channel = 0; channel < sound.numberOfChannels; channel += 1)
    sound
      .getChannelData(channel)
      .forEach((value, index) => (samples[index] = (samples[index] ?? 0) + value / sound.numberOfChannels))
  return samples
}

/** Plays a sound to the person. Returns the function that stops it. */
export function play(samples: Float32Array<ArrayBuffer>, ended: () => void): () => void {
  const context = new AudioContext()
  const buffer = context.createBuffer(1, Math.max(1, samples.length), telephoneRate)
  buffer.copyToChannel(samples, 0)
  const source = new AudioBufferSourceNode(context, { buffer })
  source.connect(context.destination)
  source.onended = () => {
    ended()
    void context.close()
  }
  source.start()
  return () => source.stop()
}

export interface Recorder {
  /** Ends the recording. */
  stop(): void
  /** Ends the recording without a result: `ended` gets nothing. */
  discard(): void
}

interface RecorderListener {
  /** Called some times a second: how loud the microphone is, from 0 to 1. */
  readonly heard: (level: number) => void
  /** The recording has ended. Undefined: nothing was recorded, or it was discarded. */
  readonly ended: (sound: Blob | undefined) => void
}

/** Records the microphone, up to the longest sound. Rejects if the browser gives no microphone. */
export async function record({ heard, ended }: RecorderListener): Promise<Recorder> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const context = new AudioContext()
  const analyser = new AnalyserNode(context, { fftSize: 1024 })
  new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(analyser)
  const recorder = new MediaRecorder(stream)
  const parts: Blob[] = []
  let isWanted = true
  const values = new Float32Array(analyser.fftSize)
  let isOver = false
  const look = (): void => {
    if (isOver) return
    analyser.getFloatTimeDomainData(values)
    heard(Math.min(1, Math.max(...values.map(Math.abs))))
    after(100, look)
  }
  recorder.ondataavailable = ({ data }) => parts.push(data)
  recorder.onstop = () => {
    isOver = true
    for (const track of stream.getTracks()) track.stop()
    void context.close()
    ended(parts.length === 0 || !isWanted ? undefined : new Blob(parts, { type: recorder.mimeType }))
  }
  const stop = (): void => {
    if (recorder.state !== 'inactive') recorder.stop()
  }
  recorder.start()
  look()
  // A second less, because the recording begins before this timer.
  after((longestSound - 1) * 1_000, stop)
  const discard = (): void => {
    isWanted = false
    stop()
  }
  return { stop, discard }
}
