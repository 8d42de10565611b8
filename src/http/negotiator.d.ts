/** What we use of the library, which has no types. */
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: Readonly<Record<string, unknown>> })
    /** The codings of `available` that the request accepts (RFC 9110 §12.5.3), best first. Equal ones come in the order of `preferred`. */
    encodings(available: readonly string[], options: { readonly preferred: readonly string[] }): string[]
  }
}
