/** Whether a later attempt may succeed: requests crossed, a request timed out, or the server has a problem (RFC 3261 §21.4.9, §21.4.27, §21.5). */
export const mayPass = (status: number): boolean => status === 408 || status === 491 || status >= 500
