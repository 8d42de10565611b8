import type { Agent, Call, ConfigCheck, Explanation, Report } from '../api-types.js'

/** What the server's API gives (docs/contract.md), in types made of its own schemas; here, names for parts of them. */
export type * from '../api-types.js'
/** SIP credentials; `Phone` is what they are for. */
export type { Phone as IssuedPhone } from '../api-types.js'

export type Activity = Agent['activity']
export type Membership = Agent['groups'][number]
export type Answer = Call['answers'][number]
export type Decision = Explanation['offers'][number]['decision']
export type Excluded = Decision['excluded'][number]
export type ReportRow = Report['rows'][number]
export type ConfigChange = ConfigCheck['changes'][number]['changes'][number]
