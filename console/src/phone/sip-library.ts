export type SipLibrary = typeof import('./sip-parts.js')

let loading: Promise<SipLibrary | undefined> | undefined

/**
 * Loads SIP.js. It is half of the console's code, so pages are shown before it is loaded. Undefined: the server can't be reached. The
 * next call tries again.
 */
export function loadSip(): Promise<SipLibrary | undefined> {
  loading ??= import('./sip-parts.js').catch(() => {
    loading = undefined
    return undefined
  })
  return loading
}
