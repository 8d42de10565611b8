import { dirname } from 'node:path'
import { importsOf, type Finding, type Sources } from './shape.js'

/** One import, between two rooms of a folder. A room is a file of the folder, or a folder in it with all that it contains. */
interface Step {
  readonly from: string
  readonly to: string
  /** The file that imports, from the root of the repository, and the line. */
  readonly file: string
  readonly line: number
}

/** From each room to the rooms that its files import, with the first import that leads there. */
type Plan = ReadonlyMap<string, ReadonlyMap<string, Step>>

/**
 * The knots of each folder that holds `sources`, and of the folders above: rooms that import each other, also in a ring of three or more. A
 * knot means that none of its rooms can be read, tested or moved alone. Files may form one without any cycle of files.
 */
export function folderKnots(sources: Sources): readonly Finding[] {
  const folders = new Set([...sources.keys()].flatMap(foldersOf))
  const imports = [...sources].flatMap(([file, source]) =>
    importsOf(sources, source).map(({ from, line }) => ({ file, line, imported: from })),
  )
  return [...folders].sort().flatMap(folder => {
    const plan = new Map<string, Map<string, Step>>()
    for (const { file, line, imported } of imports) {
      const [from, to] = [roomOf(folder, file), roomOf(folder, imported)]
      if (from === undefined || to === undefined || from === to) continue
      const steps = plan.get(from) ?? new Map<string, Step>()
      if (!steps.has(to)) steps.set(to, { from, to, file, line })
      plan.set(from, steps)
    }
    return knotsOf(plan).map(rooms => knotFinding(folder, rooms, plan))
  })
}

/** The folders in which a file lies, the outermost last. */
function foldersOf(path: string): readonly string[] {
  const folder = dirname(path)
  return folder === '.' ? [] : [folder, ...foldersOf(folder)]
}

/** The room of the folder that holds this file: `a.ts` or `b/`. Undefined: it lies elsewhere. */
function roomOf(folder: string, path: string): string | undefined {
  if (!path.startsWith(`${folder}/`)) return undefined
  const [room = '', ...rest] = path.slice(folder.length + 1).split('/')
  return rest.length > 0 ? `${room}/` : room
}

/** Each set of rooms from which every one leads to every other. */
function knotsOf(plan: Plan): readonly (readonly string[])[] {
  const reached = new Map([...plan.keys()].map(room => [room, reachedFrom(plan, room)]))
  const inKnots = new Set<string>()
  return [...reached].flatMap(([room, others]) => {
    if (!others.has(room) || inKnots.has(room)) return []
    const knot = [...others].filter(other => reached.get(other)?.has(room)).sort()
    for (const each of knot) inKnots.add(each)
    return [knot]
  })
}

/** The rooms to which the imports of this one lead, directly or through others. It is itself among them if it lies on a ring. */
function reachedFrom(plan: Plan, room: string): ReadonlySet<string> {
  const found = new Set<string>()
  const left = [room]
  for (let from = left.pop(); from !== undefined; from = left.pop())
    for (const to of plan.get(from)?.keys() ?? [])
      if (!found.has(to)) {
        found.add(to)
        left.push(to)
      }
  return found
}

function knotFinding(folder: string, rooms: readonly string[], plan: Plan): Finding {
  const steps = rooms.flatMap(from =>
    [...(plan.get(from)?.values() ?? [])].filter(({ to }) => rooms.includes(to)).sort((a, b) => a.to.localeCompare(b.to)),
  )
  const [first] = steps
  return {
    file: first?.file ?? folder,
    line: first?.line ?? 1,
    name: `${folder}: ${rooms.join(', ')}`,
    what: `they import each other: ${steps.map(({ file, line, to }) => `${file}:${line} imports ${to}`).join('; ')}`,
  }
}
