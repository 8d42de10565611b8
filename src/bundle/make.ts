import type { CallMessage } from '../signaling/port.js'
import { instant, wallTime } from '../foundation/time.js'
import { ladderOf, ladderText } from '../observability/ladder.js'
import { pcapOf, type OwnAddress } from '../observability/pcap.js'
import { callId, type CallId } from '../routing/world/ids.js'
import { reachedFrom } from '../routing/index.js'
import type { RoutingSettings } from '../routing/index.js'
import { Names } from './names.js'
import { retell } from './retell.js'
import { messagesWithout } from './sip.js'
import { linesOfSegment, sliceOf, type Slice } from './slice.js'
import { textOfReadme } from './readme.js'
import { valueWithout } from './values.js'
import { zipOf, type BundleFile } from './zip.js'

/** What a bundle is made of. It can be sent to a thread. */
export interface BundleTask {
  readonly call: CallId
  /** In wall-clock time, in ms. `endedAt` absent: the call is in progress. */
  readonly arrivedAt: number
  readonly endedAt?: number
  readonly now: number
  readonly journalFolder: string
  /** Without dialog names. Undefined: the config keeps no messages. */
  readonly messages: readonly CallMessage[] | undefined
  /** Added to a moment of a message, it gives wall-clock time. */
  readonly wallOffset: number
  readonly own: OwnAddress
  /** The call as the API shows it. */
  readonly document: { readonly workflow: string }
  /** The config in force, for a call that the journal does not have. */
  readonly routing: RoutingSettings
  /** Settings of the server without names, addresses and secrets, in words. */
  readonly server: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, string>>
}

/** In characters, for all journals of a bundle. `carillon replay` reads no larger file. */
const mostJournal = 24 * 1024 * 1024

/** A ZIP with everything that a stranger needs to see why a call went where it did, and nothing that names people or places. */
export async function makeBundle(task: BundleTask): Promise<Uint8Array> {
  const { call, arrivedAt, endedAt, now, journalFolder } = task
  const slice = await sliceOf({ folder: journalFolder, call, from: arrivedAt, to: endedAt ?? now, most: mostJournal })
  const names = new Names()
  const [first] = slice.segments
  const routing = first?.world.settings ?? task.routing
  for (const { world } of slice.segments) names.addConfig(world.settings)
  names.addConfig(task.routing)
  const carillon = task.versions['carillon'] ?? ''
  const journals = slice.segments.map(segment => linesOfSegment(segment, carillon, value => valueWithout(value, names)))
  const { notes, explanation } = await told(slice, journals, call)
  const files: BundleFile[] = [
    ...ladderFiles(task, names),
    { name: 'call.json', content: pretty(valueWithout(task.document, names)) },
    {
      name: 'config.json',
      content: pretty({ server: task.server, routing: valueWithout(partOf(routing, task.document.workflow), names) }),
    },
    { name: 'versions.json', content: pretty({ ...task.versions, call }) },
    ...(explanation === undefined ? [] : [{ name: 'explanation.txt', content: explanation }]),
    ...journals.map((lines, index) => ({ name: `journal-${index + 1}.jsonl`, content: `${lines.join('\n')}\n` })),
  ]
  const readme = {
    name: 'README.txt',
    content: textOfReadme(
      call,
      files.map(({ name }) => name),
      notes,
    ),
  }
  return zipOf([readme, ...files], new Date(now))
}

/** Replays the journals of the bundle, so that it says itself if a replay would differ. */
async function told(
  { notes }: Slice,
  journals: readonly string[][],
  call: CallId,
): Promise<{ readonly notes: readonly string[]; readonly explanation: string | undefined }> {
  const { reports, explanation } = await retell(journals, call)
  const differences = reports.flatMap(({ firstDifference, damage }, index) => {
    const line = firstDifference?.line ?? damage?.line
    return line === undefined ? [] : [`A replay of journal-${index + 1}.jsonl differs at line ${line}.`]
  })
  return { notes: [...notes, ...differences], explanation }
}

function ladderFiles({ call, arrivedAt, messages, wallOffset, own }: BundleTask, names: Names): BundleFile[] {
  if (!messages || messages.length === 0) return []
  const ladder = ladderOf(callId(call), wallTime(arrivedAt), messagesWithout(messages, names), at =>
    wallTime(instant(at) + wallOffset),
  )
  const ours = { v4: names.host(own.v4), v6: names.host(own.v6), ports: own.ports }
  return [
    { name: 'ladder.txt', content: ladderText(ladder) },
    { name: 'ladder.json', content: pretty(ladder) },
    { name: 'ladder.pcap', content: pcapOf(ladder, ours) },
  ]
}

/** The part of the config that calls of this workflow can reach. */
function partOf(routing: RoutingSettings, workflow: string): unknown {
  const { ringbackGracePeriod, pauseAfterMisses } = routing
  const { queues, groups, agents } = reachedFrom(name => name === workflow, routing)
  return {
    ...{ ringbackGracePeriod, pauseAfterMisses, workflows: routing.workflows.filter(({ name }) => name === workflow) },
    ...{ queues, groups, agents },
  }
}

const pretty = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`
