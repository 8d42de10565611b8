import type { Sections } from './schema.js'
import type { WorkflowEntry } from './schema-workflows.js'

/** Whether the relay carries the media between callers of this workflow and agents. `isNeeded`: talks are recorded or supervised. */
export function isAnchored(
  { anonymous, anchored }: Pick<WorkflowEntry, 'anonymous' | 'anchored'>,
  { media }: Pick<Sections, 'media'>,
  isNeeded = false,
): boolean {
  if (media.engine === 'none') return false
  return isNeeded || anchored || media.anchor === 'always' || (media.anchor === 'anonymous' && anonymous)
}
