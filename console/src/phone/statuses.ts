/** Whether a later attempt may succeed: the request timed out, or the server has a problem (RFC 3261 §21.4.9, §21.5). */
export const mayPass = (status: number): boolean => status === 408 || status >= 500

/** Whether the server does not know the call or this phone (RFC 3261 §21.4.2, §21.4.4, §21.4.5, §21.4.8, §21.4.10, §21.4.19). */
export const isUnknown = (status: number): boolean => [401, 403, 404, 407, 410, 481].includes(status)
