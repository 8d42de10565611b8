import type { Agent, Call, ConfigCheck, Explanation, Report } from '../api-types.js'

/** The documents of the server's API (docs/contract.md). The types are generated from the server's schemas. */
export type * from '../api-types.js'
/** SIP credentials for a phone. In the console, the name `Phone` means the phone that uses them. */
export type { Phone as IssuedPhone } from '../api-types.js'

export type Activity = Agent['activity']
export type Membership = Agent['groups'][number]
export type Answer = Call['answers'][number]
export type Decision = Explanation['offers'][number]['decision']
export type Excluded = Decision['excluded'][number]
export type ReportRow = Report['rows'][number]
export type ConfigChange = ConfigCheck['changes'][number]['changes'][number]
