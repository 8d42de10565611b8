/** A header field with its continuation lines. In a body: a line. */
const field = /[^\r\n]+(?:\r?\n[ \t]+[^\r\n]*)*/g
/** RFC 3261 §22, RFC 7616, RFC 7615. */
const credentials = /^(?:proxy-|www-)?(?:authorization|authenticate|authentication-info)[ \t]*:/i
const digest = /^([^:]+:[ \t]*(?:Digest[ \t]+)?)([\w-]+[ \t]*=.*)$/is
const parameter = /(?<![\w-])([\w-]+)[ \t]*=[ \t]*(?:"(?:[^"\\]|\\.)*"|[^\s,]*)/g
/** Parameters that may be shown. All others prove the password or help to guess it. */
const plainParameters: ReadonlySet<string> = new Set(['username', 'realm', 'uri', 'algorithm', 'qop', 'nc', 'stale', 'userhash'])
const passwordInUri = /(\bsips?:[^\s:@;?<>]+):[^\s:@;?<>]+(?=@)/gi

/**
 * Lines of bodies with secrets: keys of SRTP (RFC 4568), of ICE (RFC 8839 §5.4) and of SDP (RFC 4566 §5.12, RFC 4567), and keys
 * that people press.
 */
const secretLines: readonly RegExp[] = [
  /^(a=crypto:\d+[ \t]+[^ \t\r\n]+[ \t])[^\r\n]+/gim,
  /^(a=(?:ice-pwd|key-mgmt):|k=[a-z0-9]+:)[^\r\n]+/gim,
  // Keys pressed during a call may be a card number.
  /^(Signal[ \t]*=)[^\r\n]+/gim,
]

/** A message that people may read. `…` replaces passwords, digests with their inputs, media keys, and keys that people press. */
export function withoutSecrets(message: string): string {
  return secretLines.reduce((text, secret) => text.replace(secret, '$1…'), message.replace(field, shown))
}

function shown(text: string): string {
  if (!credentials.test(text)) return text.replace(passwordInUri, '$1:…')
  const [, begin, parameters] = digest.exec(text) ?? []
  if (begin === undefined || parameters === undefined) return `${text.slice(0, text.indexOf(':'))}: …`
  const shownParameters = [...parameters.matchAll(parameter)].map(([whole, name = '']) =>
    plainParameters.has(name.toLowerCase()) ? whole : `${name}=…`,
  )
  return begin + shownParameters.join(', ')
}
