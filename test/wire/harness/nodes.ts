import { basename } from 'node:path'
import type { Context } from 'mocha'

/**
 * On which Node the server of a wire test runs. Half of the files use the second Node, whose path is in CARILLON_TEST_NODE
 * (scripts/other-node.sh, docs/decisions/076), or all of them if CARILLON_TEST_NODE_FOR is `all`. The tests themselves always run on the Node of mocha.
 */

/** Files from this letter on use the second Node. */
const firstLetter = 'p'
/** In the environment, because mocha may load this module a second time. */
const key = 'CARILLON_NODE_UNDER_TEST'

/** The Node for the server and the commands of the test that runs now. */
export const nodeUnderTest = (): string => process.env[key] ?? process.execPath

export function nodeFor(file: string, second: string | undefined, every = false): string {
  return second === undefined || second === '' || (!every && basename(file) < firstLetter) ? process.execPath : second
}

function use(file: string | undefined): void {
  const { CARILLON_TEST_NODE: second, CARILLON_TEST_NODE_FOR: which } = process.env
  if (file !== undefined) process.env[key] = nodeFor(file, second, which === 'all')
}

/** With parallel runs there is one root suite for each file, and `beforeAll` comes before the hooks of the file. */
export const mochaHooks = {
  beforeAll(this: Context): void {
    use(this.test?.parent?.suites[0]?.file)
  },
  beforeEach(this: Context): void {
    use(this.currentTest?.file)
  },
}
