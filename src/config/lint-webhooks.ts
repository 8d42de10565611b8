import { faultAt } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'

/** Warns about webhooks that others can read on the way. */
export function lintWebhooks({ sections, sectionPlaces }: Gathered): ConfigFault[] {
  const place = sectionPlaces.get('webhooks')
  if (!place) return []
  return (sections?.webhooks ?? []).flatMap(({ url }, index) =>
    isOpen(new URL(url))
      ? [
          faultAt(
            place,
            [index, 'url'],
            'names and numbers of callers go there without encryption: use https://, if the receiver can',
          ),
        ]
      : [],
  )
}

const isOpen = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && hostname !== 'localhost' && hostname !== '[::1]' && !hostname.startsWith('127.')
