import { faultAt } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'

/** Checks what the nodes of a cluster need from other sections. */
export function checkCluster({ sections, sectionPlaces }: Gathered, faults: ConfigFault[]): void {
  const place = sectionPlaces.get('cluster')
  if (!place || !sections?.cluster) return
  if (sections.store.kind !== 'redis')
    faults.push(faultAt(place, [], 'cluster needs store: redis://…, because the nodes share their state there', 'key'))
  if (sections.sip.engine === 'drachtio')
    faults.push(faultAt(place, [], 'cluster does not work with sip.engine: drachtio', 'key'))
}
