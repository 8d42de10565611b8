import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { isEditFile } from '../config/edit/history.js'
import type { Settings } from '../config/settings.js'
import type { HttpConfig } from '../http/server.js'
import { defaultRoomLimits, type RoomLimits } from '../sip/index.js'
import { journalMoment } from '../store/journal-folder.js'
import type { PrivatePlace } from '../store/private-files.js'
import { mostDescriptors } from './descriptors.js'

/** Shares of the files and sockets that the process may open. The rest is for media, the store and the journal. */
const shareOfHttp = 0.25
const shareOfSip = 0.4

/** The HTTP server's settings. The certificate and its key are read once, at the start. */
export function httpConfig({ http, access }: Settings): HttpConfig {
  const { tls } = http
  const most = Math.min(http.connections.most, Math.floor(mostDescriptors() * shareOfHttp))
  const settings = { ...http, connections: { ...http.connections, most, strangers: Math.min(http.connections.strangers, most) } }
  if (!tls) return { settings, access }
  const read = (file: string): string => readFileSync(file, 'utf8')
  return { settings, access, tls: { cert: read(tls.certificate), key: read(tls.key) } }
}

/** The limits for SIP connections, each of which needs a descriptor. If there are few, all limits shrink in proportion. */
export function sipLimits(descriptors = mostDescriptors()): RoomLimits {
  const { connections, ...parts } = defaultRoomLimits
  const most = Math.min(connections, Math.floor(descriptors * shareOfSip))
  const part = (of: number): number => Math.min(of, Math.ceil((of / connections) * most))
  const { reserved, connectionsPerPeer, knownPerAddress, strangers, strangersPerAddress } = parts
  return {
    connections: most,
    reserved: part(reserved),
    strangers: part(strangers),
    connectionsPerPeer: Math.min(connectionsPerPeer, most),
    knownPerAddress: Math.min(knownPerAddress, most),
    strangersPerAddress: Math.min(strangersPerAddress, part(strangers)),
  }
}

export const privatePlaces = ({ store, journal, media, edits, directory }: Settings): PrivatePlace[] => [
  { folder: edits.history, isOurs: isEditFile },
  { folder: journal.folder, isOurs: name => journalMoment(name) !== undefined || name.startsWith('redis.lock') },
  { folder: media.cacheFolder, isOurs: name => /^[0-9a-f]{32}\.wav/.test(name) },
  ...(directory?.lists ?? []).map(({ file }) => ({
    ...{ folder: dirname(file), isOurs: (name: string) => /^[0-9a-f]{32}\.json/.test(name) },
  })),
  ...(store.kind !== 'sqlite'
    ? []
    : [{ folder: dirname(store.file), isOurs: (name: string) => name.startsWith(basename(store.file)) }]),
]
