/** The face of the embedded SIP engine. */
export { SipEndpoint, type EndpointOptions, type InviteParts } from './endpoint.js'
export type { Notification, SubscriberListener } from './subscription/subscriber.js'
export type { Publication, PublicationTaker } from './registrar/publications.js'
export { decodeUtf8, encodeUtf8 } from './message/grammar.js'
export { formatNameAddr } from './message/name-addr.js'
export type { AccountSettings, IssuedPhone } from './registrar/accounts.js'
export type { Binding } from './registrar/bindings.js'
export { Registrar } from './registrar/registrar.js'
