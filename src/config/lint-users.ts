import type { WallTime } from '../foundation/time.js'
import { faultAt } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'
import { isLoopback, isOpen } from './translate-users.js'

/** Warns about users who can't log in, and about passwords that are sent without encryption. */
export function lintUsers(gathered: Gathered, now: WallTime): ConfigFault[] {
  const { users, tokens, sections, sectionPlaces } = gathered
  if (!sections) return []
  const { http } = sections
  const place = sectionPlaces.get('http')
  const open = isOpen(gathered, sections)
  const elsewhere = !isLoopback(http.listen.host)
  const inClear = elsewhere && !http.listen.secure && http.trustedProxies.length === 0
  return [
    ...users
      .filter(({ value }) => value.password === undefined && !http.oidc)
      .map(user => faultAt(user, [], `'${user.value.name}' can't log in: give them a password, or the server http.oidc`)),
    ...tokens
      .filter(({ value }) => value.expires !== undefined && value.expires <= now)
      .map(token => faultAt(token, ['expires'], `the token '${token.value.name}' has expired; remove it`)),
    ...(place && open && elsewhere
      ? [faultAt(place, ['listen'], 'users.yaml names no users: HTTP is only served on 127.0.0.1')]
      : []),
    ...(place && !open && inClear
      ? [
          faultAt(
            place,
            ['listen'],
            'passwords are sent unencrypted: use https://, or name the proxy that does in trustedProxies',
          ),
        ]
      : []),
  ]
}
