import { z } from 'zod'
import { block, complain, numberPattern, read, sipUri } from './fields.js'
import type { AllowedTarget } from './call-settings.js'
import { readSipUri } from './uri.js'

/** The schema of transfers: who may transfer a call by REFER, and to which targets (docs/decisions/026). */

const hostAndPort = () =>
  read('pbx.example.com', value => {
    const uri = readSipUri(`sip:${value}`)
    return uri.ok && uri.value.user === undefined && uri.value.text === `sip:${uri.value.hostPort}`
      ? { ok: true, value: uri.value.hostPort }
      : { ok: false, fault: 'expected a host name or IP address, perhaps with a port, such as pbx.example.com or 10.0.0.5:5080' }
  })

const allowKeys = ['number', 'host', 'uri'] as const

const allowed = block('Exactly one of number, host, uri.', {
  number: numberPattern()
    .describe(
      'A telephone number or extension in quotes: "+14255550100". "+1425*" allows all numbers with this prefix. In "2??", each ? stands for one digit. A leading plus must match too. Numbers are called through sip.outboundProxy.',
    )
    .optional(),
  host: hostAndPort().describe('Every URI at this host, such as pbx.example.com.').optional(),
  uri: sipUri('withUser').describe('Only this SIP URI, such as sip:reception@example.com.').optional(),
})
  .meta({ minProperties: 1, maxProperties: 1 })
  .superRefine((entry, context) => {
    const said = allowKeys.filter(key => entry[key] !== undefined)
    if (said.length === 0) complain(context, [], `an allowed target needs one of ${allowKeys.join(', ')}`)
    for (const key of said.slice(1))
      complain(context, [key], `an allowed target has one of ${allowKeys.join(', ')}; '${said[0] ?? ''}' is already set`)
  })

export const transfers = block('Who may transfer a call by REFER, and to which targets besides agents and workflows.', {
  byCallers: z
    .boolean()
    .describe(
      'true: callers may transfer too, for a PBX that passes on transfers of its own phones. Only callers from trusted peers may do so. Default: only agents may transfer.',
    )
    .prefault(false),
  allow: z
    .array(allowed)
    .describe('Allowed targets besides agents and workflows: numbers, hosts, URIs. Default: none.')
    .prefault([]),
})

type TransfersEntry = z.output<typeof transfers>

/** The targets that the config allows. The schema ensures that each entry has exactly one kind. */
export function allowedTargets({ allow }: TransfersEntry): readonly AllowedTarget[] {
  return allow.map(({ number, host, uri }) => {
    if (number !== undefined) return { kind: 'number', number }
    if (host !== undefined) return { kind: 'host', host }
    return { kind: 'uri', uri: uri?.text ?? '' }
  })
}
