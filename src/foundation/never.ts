import { OurBug } from './result.js'

/** The last branch of an exhaustive switch. A new kind without a case does not compile. */
export function assertNever(value: never): never {
  throw new OurBug(`unexpected ${JSON.stringify(value)}`)
}
