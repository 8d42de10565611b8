/**
 * Part of `npm run check:imports`. Lists what has grown too large and what nobody uses:
 * - classes with more than ten fields;
 * - options with more than eight members: types with a name such as `…Options`, and what a constructor is given;
 * - exports that no other file imports;
 * - knots: rooms of one folder, files or folders, that import each other.
 *
 * It exits with 1 if it finds any that `allowed` does not name, or if `allowed` names one that it does not find.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { folderKnots } from './knots.js'
import { largeClasses, largeOptions, parse, unusedExports } from './shape.js'

/** What may be larger, with the reason. */
const allowed: Readonly<Record<string, string>> = {
  'src/routing/readers/snapshot.ts WorldSnapshot':
    'It is the document of the whole world in the journal, with one member for each kind of state.',
  'src/config/plan-view.ts PlanView': 'Each member is a kind of thing in the config.',
  'src/config/call-settings.ts CallSettings': 'Each member is a part of the config.',
  'src/calls/live/phases.ts Live': 'It is a live call as each row of its table sees it.',
  'src/sip/dialog/dialog.ts DialogParts': 'RFC 3261 §12 names the parts of a dialog, and the store keeps them in this form.',
  'src/sip/message/build.ts RequestParts': 'RFC 3261 §8.1.1 names the parts of a request.',
}

/** The generator writes the whole API for every reader. */
const generated = 'console/src/api-types.ts'

const root = resolve(import.meta.dirname, '..')
const paths = ['src', 'console', 'scripts', 'test'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(path => `${folder}/${path}`)
    .filter(path => /\.tsx?$/.test(path) && !/\.d\.ts$|node_modules/.test(path)),
)
const sources = parse(new Map(paths.map(path => [path, readFileSync(join(root, path), 'utf8')])))
const isOurs = (path: string): boolean => /^(src|console\/src)\//.test(path) && path !== generated
const ours = new Map([...sources].filter(([path]) => isOurs(path)))

const found = [...largeClasses(ours), ...largeOptions(ours), ...unusedExports(sources, isOurs), ...folderKnots(ours)]
const faults = [
  ...found
    .filter(({ file, name }) => allowed[`${file} ${name}`] === undefined)
    .map(({ file, line, name, what }) => `${file}:${line}: ${name}: ${what}`),
  ...Object.keys(allowed)
    .filter(key => !found.some(({ file, name }) => key === `${file} ${name}`))
    .map(key => `scripts/check-shape.ts: ${key} is small enough now; remove it from the list`),
]
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0
