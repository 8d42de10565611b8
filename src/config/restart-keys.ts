import type { Settings } from './settings.js'

/** The config keys that take effect at the next start of the server, each with its setting. */
const keys: Readonly<Record<string, (settings: Settings) => unknown>> = {
  'sip.listen': ({ sip }) => sip.listen,
  'sip.engine': ({ sip }) => (sip.drachtio ? 'drachtio' : 'embedded'),
  'sip.drachtio': ({ sip }) => sip.drachtio,
  // Only this part of the key needs a restart: whether a drachtio-server has phones in browsers, which share the ports for media.
  'sip.webSocket.url': ({ sip }) => sip.drachtio !== undefined && sip.webSocketUrl !== undefined,
  'sip.advertise': ({ sip }) => sip.advertise,
  'sip.capture': ({ sip }) => sip.captureBytes,
  'http.listen': ({ http }) => [http.host, http.port],
  'http.url': ({ http }) => http.url,
  'http.tls': ({ http }) => http.tls,
  'http.trustedProxies': ({ http }) => http.trustedProxies,
  'http.connections': ({ http }) => http.connections,
  'http.metrics': ({ http }) => http.metrics,
  store: ({ store }) => store,
  cluster: ({ cluster }) => cluster,
  journal: ({ journal }) => journal,
  'media.engine': ({ media }) => media.engine,
  'media.ports': ({ media }) => media.ports,
  'media.browsers': ({ media }) => media.browsers,
  'media.noMediaAfter': ({ media }) => media.noMediaAfter,
  'media.tts': ({ media }) => media.tts,
  'media.cache': ({ media }) => media.cacheFolder,
  'recordings.folder': ({ recordings }) => recordings.folder,
  'records.keep': ({ records }) => records.keep,
}

/** Whether this key, or the block that it is in, takes effect at the next start. */
export const waitsForStart = (key: string): boolean =>
  Object.keys(keys).some(each => key === each || key.startsWith(`${each}.`) || key.startsWith(`${each}[`))

/** The keys for which the running server still uses `started`, the settings of its start. */
export function keysThatWait(started: Settings, now: Settings): readonly string[] {
  return Object.entries(keys)
    .filter(([, of]) => JSON.stringify(of(started)) !== JSON.stringify(of(now)))
    .map(([key]) => key)
}

/** The words for the log, health and the config check. Undefined: no key waits. */
export const waitingWords = (waiting: readonly string[]): string | undefined =>
  waiting.length === 0 ? undefined : `${waiting.join(', ')}: changed, but the old value is used until the next start`
