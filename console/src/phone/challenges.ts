/** Removes challenges other than MD5 from a 401 or 407. SIP.js reads only the first challenge and supports only MD5. */
export function answerableChallenges(message: string): string {
  return /^SIP\/2\.0 40[17]/.test(message)
    ? message.replace(/^(?:WWW|Proxy)-Authenticate:.*algorithm=(?!"?MD5"?(?:[,\s]|$)).*\r\n/gim, '')
    : message
}
