import { Kept, Store } from '../store.js'

/** What the browser's user hears and speaks with. The empty name is the system's default. */
export interface AudioDevice {
  readonly id: string
  readonly name: string
}

export interface AudioDevices {
  readonly microphones: readonly AudioDevice[]
  readonly speakers: readonly AudioDevice[]
}

const anyName = (text: string): string => text

export const microphone = new Kept<string>('carillon.microphone', '', anyName)
export const speaker = new Kept<string>('carillon.speaker', '', anyName)
export const ringer = new Kept<string>('carillon.ringer', '', anyName)

export const devices = new Store<AudioDevices>({ microphones: [], speakers: [] })

/** Reads which devices there are. Their names are told once the page may use the microphone. */
export async function readDevices(): Promise<void> {
  const all = await navigator.mediaDevices.enumerateDevices()
  const of = (kind: MediaDeviceKind): AudioDevice[] =>
    all
      .filter(device => device.kind === kind && device.deviceId !== '' && device.deviceId !== 'default')
      .map(({ deviceId, label }) => ({ id: deviceId, name: label }))
  devices.set({ microphones: of('audioinput'), speakers: of('audiooutput') })
}

/** Asks for the microphone, which also lets the devices' names be read. False: the browser does not give it. */
export async function allowMicrophone(): Promise<boolean> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(microphoneConstraints())
    for (const track of stream.getTracks()) track.stop()
    await readDevices()
    return true
  } catch {
    return false // refused by its user, or there is none: what the browser's exception says
  }
}

export function microphoneConstraints(): MediaStreamConstraints {
  const { state: id } = microphone
  return { audio: id === '' ? true : { deviceId: { ideal: id } }, video: false }
}

/** Lets an element sound on the chosen loudspeaker, where the browser lets it be chosen. */
export async function soundOn(element: { setSinkId?: (id: string) => Promise<void> }, id: string): Promise<void> {
  try {
    await element.setSinkId?.(id)
  } catch {
    // The device was unplugged: the system's default sounds.
  }
}
