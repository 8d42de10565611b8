import type { ListedObject } from '../../api/documents.js'

/** The list of all objects. */
export const setupAddress = '/groups?show=setup'

export const addressOf = (of: ListedObject['of'], name: string): string =>
  `${setupAddress}&of=${of}&name=${encodeURIComponent(name)}`

export const addressOfNew = (of: ListedObject['of']): string => `${setupAddress}&of=${of}&new=yes`
