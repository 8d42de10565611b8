import type { OidcSettings, Rights } from '../config/settings.js'
import { agentUri, type AgentUri } from '../routing/world/ids.js'

/** Longer values are not names, and each entry of the audit log would contain them. */
const longestName = 256
/** Excludes invisible characters and those that change the text direction, so that no name can look like another. */
const nameForm = /^[^\p{C}\p{Zl}\p{Zp}]+$/u
/** The most characters of all claims as JSON, because they are kept as long as the session. */
const mostClaims = 32_768

/** Whether a claim can be used as a name. */
export const isName = (claim: unknown): claim is string =>
  typeof claim === 'string' && claim.length <= longestName && nameForm.test(claim) && claim.trim() === claim

export const areTooMany = (claims: Readonly<Record<string, unknown>>): boolean => JSON.stringify(claims).length > mostClaims

/** Whether the claim identifies a person. An e-mail address that the provider has not verified is text that its user typed. */
export const isProven = (
  claims: Readonly<Record<string, unknown>>,
  claim: string | undefined,
  { unverifiedEmail }: Pick<OidcSettings, 'unverifiedEmail'>,
): boolean => claim !== 'email' || unverifiedEmail === 'accept' || claims['email_verified'] === true

/** Turns a provider's claims about a person into rights. Undefined: no rights. */
export function rightsByClaims(claims: Readonly<Record<string, unknown>>, settings: OidcSettings): Rights | undefined {
  const { agentClaim, rights } = settings
  const found = rights.find(({ claim, value }) => isProven(claims, claim, settings) && [claims[claim]].flat().includes(value))
  if (!found) return undefined
  const agent = agentClaim === undefined || !isProven(claims, agentClaim, settings) ? undefined : agentOf(claims[agentClaim])
  if (found.role === 'agent' && agent === undefined) return undefined
  return { role: found.role, workflows: found.workflows, ...(agent !== undefined && { agent }) }
}

function agentOf(claim: unknown): AgentUri | undefined {
  if (typeof claim !== 'string') return undefined
  const uri = agentUri(/^sips?:/i.test(claim) ? claim : `sip:${claim}`)
  return uri.ok ? uri.value : undefined
}
