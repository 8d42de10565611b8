/** A workflow's telephone number: E.164 with or without an extension (RFC 3966 §5.3), or the short number of a site. */
export const workflowNumberForm = /^(?:\+[1-9]\d{1,14}(?:;ext=\d{1,15})?|\d{2,15})$/

/** The digits of `;ext=` in the user part of a SIP URI, or in a tel URI. Separators are allowed there (RFC 3966 §3). */
const extensionForm = /;ext=([\d.()-]{1,32})(?=[;@]|$)/i

/**
 * The key by which a number is compared: only digits, so that +1 (425) 555-0100, 14255550100 and tel:+1-425-555-0100 are one number. An
 * extension makes it another number. The key of other text is the text before its first `;`.
 */
export function numberKey(text: string): string {
  const [number = ''] = text.split(';', 1)
  const digits = number.replace(/[-.() ]/g, '')
  if (!/^\+?\d+$/.test(digits)) return number
  return `+${digits.replace(/^\+/, '')}${extensionOf(text)}`
}

/** The extension that a URI or a number names, such as `;ext=4001`. Empty: none. */
export function extensionOf(text: string): string {
  const digits = extensionForm.exec(text)?.[1]?.replace(/\D/g, '') ?? ''
  return digits === '' ? '' : `;ext=${digits}`
}
