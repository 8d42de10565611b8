import type { OidcSettings, Rights } from '../config/settings.js'
import { agentUri, type AgentUri } from '../routing/world/ids.js'

/** What a provider says of a person, as rights of ours; undefined: they have none. */
export function rightsByClaims(
  claims: Readonly<Record<string, unknown>>,
  { agentClaim, rights }: OidcSettings,
): Rights | undefined {
  const found = rights.find(({ claim, value }) => [claims[claim]].flat().includes(value))
  if (!found) return undefined
  const agent = agentClaim === undefined ? undefined : agentOf(claims[agentClaim])
  if (found.role === 'agent' && agent === undefined) return undefined
  return { role: found.role, workflows: found.workflows, ...(agent !== undefined && { agent }) }
}

function agentOf(claim: unknown): AgentUri | undefined {
  if (typeof claim !== 'string') return undefined
  const uri = agentUri(/^sips?:/i.test(claim) ? claim : `sip:${claim}`)
  return uri.ok ? uri.value : undefined
}
