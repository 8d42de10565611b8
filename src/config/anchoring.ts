import type { Sections } from './schema.js'
import type { WorkflowEntry } from './schema-workflows.js'

/** Whether the relay carries the media between callers of this workflow and agents. `isRecorded`: some of its talks are. */
export function isAnchored(
  { anonymous, anchored }: Pick<WorkflowEntry, 'anonymous' | 'anchored'>,
  { media }: Pick<Sections, 'media'>,
  isRecorded = false,
): boolean {
  if (media.engine === 'none') return false
  return isRecorded || anchored || media.anchor === 'always' || (media.anchor === 'anonymous' && anonymous)
}
