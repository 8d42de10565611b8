import { Kept, Store } from '../store.js'

/** A microphone or a speaker. The empty id stands for the system's default. */
export interface AudioDevice {
  readonly id: string
  readonly name: string
}

interface AudioDevices {
  readonly microphones: readonly AudioDevice[]
  readonly speakers: readonly AudioDevice[]
}

const anyName = (text: string): string => text

export const microphone = new Kept<string>('carillon.microphone', '', anyName)
export const speaker = new Kept<string>('carillon.speaker', '', anyName)
export const ringer = new Kept<string>('carillon.ringer', '', anyName)

export const devices = new Store<AudioDevices>({ microphones: [], speakers: [] })

/** Reads the list of devices. Browsers reveal their names only after the page got access to the microphone. */
export async function readDevices(): Promise<void> {
  const all = await navigator.mediaDevices.enumerateDevices()
  const of = (kind: MediaDeviceKind): AudioDevice[] =>
    all
      .filter(device => device.kind === kind && device.deviceId !== '' && device.deviceId !== 'default')
      .map(({ deviceId, label }) => ({ id: deviceId, name: label }))
  devices.set({ microphones: of('audioinput'), speakers: of('audiooutput') })
}

/** Asks for access to the microphone. Then the names of the devices can be read too. False: no access. */
export async function allowMicrophone(): Promise<boolean> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(microphoneConstraints())
    for (const track of stream.getTracks()) track.stop()
    await readDevices()
    return true
  } catch {
    return false // The person refused, or there is no microphone: getUserMedia throws.
  }
}

export function microphoneConstraints(): MediaStreamConstraints {
  const { state: id } = microphone
  return { audio: id === '' ? true : { deviceId: { ideal: id } }, video: false }
}

/** Plays an element on the chosen speaker. Some browsers have no `setSinkId` and use the default. */
export async function soundOn(element: { setSinkId?: (id: string) => Promise<void> }, id: string): Promise<void> {
  try {
    await element.setSinkId?.(id)
  } catch {
    // The device was unplugged: the browser uses the system's default.
  }
}
