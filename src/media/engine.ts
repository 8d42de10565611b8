import { isIP } from 'node:net'
import type { MediaSettings, RecordingSettings, SipSettings } from '../config/settings.js'
import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { seconds } from '../foundation/time.js'
import type { Gateways } from '../legs/gateway.js'
import type { PromptId } from '../routing/world/ids.js'
import { BuiltinMedia } from './builtin/builtin-media.js'
import type { Music } from './rtp/player.js'
import { inspectPrompts, trySpeech } from './prompts/prompts-inspection.js'
import { PromptLibrary, type PromptProblem } from './prompts/prompts.js'
import type { SpeechSettings } from './prompts/speech.js'
import { NoMedia } from './none.js'
import { ReachableAddresses } from './addresses.js'
import { Evidence } from './evidence.js'
import { BrowserMedia } from './browser/browser-media.js'
import { noLosses, noRefusals } from './browser/figures.js'
import type { Media, MediaStatistics, Recordings } from './port.js'
import { CallRecordings } from './recording/call-recordings.js'

/** The part of the config that callers can hear. */
type SoundSettings = Pick<MediaSettings, 'prompts' | 'musicOnHold'>

/** The media of the config, with everything they need. */
export interface MediaEngine {
  readonly media: Media
  /** For browser legs. Undefined if browsers can't connect, or without a media engine. */
  readonly gateways?: Gateways
  /** The recordings of calls. Undefined without a media engine. */
  readonly recordings?: Recordings
  /** Rejects if no port can be bound. */
  start(): Promise<void>
  /**
   * Prepares the prompts and music of this config. If some can't be made, it logs this and calls continue without them. Resolves
   * once everything that needs no external program is made, or after 10 s, because calls must not wait longer.
   */
  prepare(sounds: SoundSettings): Promise<void>
  /** Applies what the config says about recordings. `isNeeded`: some call may be recorded. */
  keepRecordings(settings: RecordingSettings, isNeeded: boolean): void
  /** What does not work for browser legs and recordings, in words for the server's health page. */
  troubles(): readonly string[]
  /** The figures for metrics. Undefined without a media engine. */
  statistics(): MediaStatistics | undefined
  stop(): Promise<void>
}

type SipPlace = Pick<SipSettings, 'listen' | 'drachtio' | 'webSocketUrl' | 'advertise'>

interface MediaEngineOptions {
  readonly settings: MediaSettings
  readonly sip: SipPlace
  /** Whether this IP address belongs to a trusted peer now. Such a peer need not prove that it wants sound. */
  readonly trusts: (address: string) => boolean
  readonly clock: Clock
  readonly log: Log
  /** Random bytes that nobody can guess. */
  readonly random: (size: number) => Uint8Array
  /** Sounds that were made before. Default: none were. */
  readonly sounds?: PromptLibrary
  readonly recording: {
    /** The absolute path of the folder. */
    readonly folder: string
    /** Nothing more of this call is recorded, because of a fault. */
    readonly failed: (call: string) => void
  }
}

export function openMedia(options: MediaEngineOptions): MediaEngine {
  return options.settings.engine === 'none' ? none : new Builtin(options)
}

/** The prompts for which callers would hear nothing. To find faults of the speech program, lets it speak one word. */
export async function findSilences(settings: MediaSettings, clock: Clock): Promise<readonly PromptProblem[]> {
  if (settings.engine === 'none') return []
  const speech = speechOf(settings)
  const found = (await inspectPrompts(settings.prompts, speech, clock)).filter(({ silent }) => silent)
  return [...found, ...(await trySpeech(settings.prompts, speech, clock))]
}

/** Makes the sounds of a config before there are calls. Resolves when they are made. Undefined: no caller hears anything of ours. */
export async function makeSounds(settings: MediaSettings, clock: Clock): Promise<PromptLibrary | undefined> {
  if (settings.engine === 'none') return undefined
  const library = libraryOf(settings, clock)
  await library.prepare(settings.prompts)
  return library
}

const libraryOf = (settings: MediaSettings, clock: Clock): PromptLibrary =>
  new PromptLibrary({ cacheFolder: settings.cacheFolder, speech: speechOf(settings), clock })

/** How long calls wait for the sounds of their config. */
const headStart = seconds(10)

type Ports = MediaSettings['ports']

export const speechOf = ({ tts }: MediaSettings): SpeechSettings => (tts ? { command: tts.command } : {})

const none: MediaEngine = {
  media: new NoMedia(),
  start: () => Promise.resolve(),
  prepare: () => Promise.resolve(),
  keepRecordings: () => undefined,
  troubles: () => [],
  statistics: () => undefined,
  stop: () => Promise.resolve(),
}

class Builtin implements MediaEngine {
  readonly media: BuiltinMedia
  readonly gateways?: BrowserMedia
  readonly recordings: CallRecordings
  readonly #prompts: PromptLibrary
  readonly #reachable: ReachableAddresses
  #musicOnHold: PromptId

  constructor(private readonly options: MediaEngineOptions) {
    const { settings, sip, trusts, clock, log, random } = options
    this.#musicOnHold = settings.musicOnHold
    this.#prompts = options.sounds ?? libraryOf(settings, clock)
    // Media use the same addresses as SIP: the host of the first listener, and `sip.advertise` if it is an address.
    const address = sip.listen[0]?.host ?? '0.0.0.0'
    const advertise = sip.advertise !== undefined && isIP(sip.advertise) > 0 ? sip.advertise : undefined
    const given = { clock, log, random }
    const family = isIP(address) === 6 ? 6 : 4
    const hasBrowsers = carriesBrowsers(sip)
    const ports = hasBrowsers ? shared(settings.ports) : { callers: settings.ports, browsers: settings.ports }
    const evidence = new Evidence({
      trusts,
      clock,
      mediaPorts: settings.ports,
      addresses: [address, ...(advertise === undefined ? [] : [advertise])],
      sipPorts: sip.listen.map(({ port }) => port).filter(port => port > 0),
    })
    const vouch: Evidence['vouch'] = (place, writer) => evidence.vouch(place, writer)
    this.#reachable = new ReachableAddresses(advertise ?? address, family, clock)
    this.recordings = new CallRecordings({ ...given, ...options.recording })
    this.media = new BuiltinMedia({
      ...given,
      place: { address, ports: ports.callers, ...(advertise !== undefined && { advertise }) },
      sounds: this.#prompts,
      lostAfter: settings.noMediaAfter,
      vouch,
      tapes: this.recordings.tapes,
    })
    if (!hasBrowsers) return
    const music = (): Music | undefined => this.#music()
    this.gateways = new BrowserMedia({
      ...given,
      place: { address, family, reachable: () => this.#reachable.now(), ports: ports.browsers },
      shares: settings.browsers,
      music,
      vouch,
    })
  }

  async start(): Promise<void> {
    await this.media.start()
    await this.gateways?.start()
  }

  prepare({ prompts, musicOnHold }: SoundSettings): Promise<void> {
    this.#musicOnHold = musicOnHold
    return new Promise(resolve => {
      const late = this.options.clock.after(headStart, resolve)
      const atHand = (): void => {
        late.cancel()
        resolve()
      }
      void this.#prompts.prepare(prompts, atHand).then(problems => {
        for (const problem of problems) this.#complain(problem)
        atHand()
      })
    })
  }

  keepRecordings({ quota, keep, whenFull }: RecordingSettings, isNeeded: boolean): void {
    this.recordings.keep({ quota, keep, whenFull }, isNeeded)
  }

  troubles(): readonly string[] {
    const ofBrowsers = this.gateways ? this.#reachable.troubles(this.gateways.elsewhere) : []
    return [...ofBrowsers, ...this.recordings.troubles()]
  }

  #complain({ where, what, silent }: PromptProblem): void {
    this.options.log.warn(`${where}: ${what}${silent ? '; callers hear nothing in its place' : ''}`, { event: 'media.prompt' })
  }

  #music(): Music | undefined {
    const id = this.#musicOnHold
    const sound = this.#prompts.get(id)
    return sound && { id, sound }
  }

  statistics(): MediaStatistics {
    const callers = { ...this.media.statistics(), recordings: this.recordings.statistics() }
    const browsers = this.gateways?.statistics()
    if (!browsers) return { ...callers, gateways: 0, gatewaysLost: noLosses(), gatewaysRefused: noRefusals(), restarts: 0 }
    return {
      ...callers,
      gateways: browsers.gateways,
      gatewaysLost: browsers.gatewaysLost,
      restarts: browsers.restarts,
      gatewaysRefused: browsers.gatewaysRefused,
      packetsSent: callers.packetsSent + browsers.packetsSent,
      packetsReceived: callers.packetsReceived + browsers.packetsReceived,
      packetsDropped: callers.packetsDropped + browsers.packetsDropped,
      packetsRefused: browsers.packetsRefused,
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#prompts.stop(), this.media.stop(), this.gateways?.stop()])
    // The media thread has sent its last sound.
    await this.recordings.stop()
  }
}

/** Whether phones in browsers can connect. A drachtio-server listens for them if the config says where. */
const carriesBrowsers = ({ listen, drachtio, webSocketUrl }: SipPlace): boolean =>
  drachtio ? webSocketUrl !== undefined : listen.some(({ transport }) => transport === 'ws' || transport === 'wss')

/** The last quarter of the ports is for browsers. */
function shared({ first, last }: Ports): { readonly callers: Ports; readonly browsers: Ports } {
  const from = last + 1 - 2 * Math.max(1, Math.floor((last + 1 - first) / 8))
  return { callers: { first, last: from - 1 }, browsers: { first: from, last } }
}
