/** One call at an extension, as the PBX knows it. */
export interface PbxCall {
  /** The PBX's own id of the call. */
  readonly id: string
  readonly phase: 'rings' | 'talks' | 'holds'
}

/** The two documents that a PBX sends about one extension. Undefined: it sends none. */
export interface PbxDocuments {
  readonly presence: string | undefined
  readonly dialog: string | undefined
}

/** How a PBX reports an extension. `registered`: a phone is there. `ended`: calls that ended since the last report. */
export interface PbxDialect {
  documents(told: {
    readonly entity: string
    readonly version: number
    readonly calls: readonly PbxCall[]
    readonly ended: readonly string[]
    readonly registered: boolean
  }): PbxDocuments
}

/**
 * Asterisk's res_pjsip: one state for the whole extension. Always a full document, with a constant dialog id and without a Call-ID. PIDF has
 * `busy` for every call, and a note that says which kind. `busyAt`: from this number of answered calls on the extension is closed.
 */
export const asteriskDialect = (busyAt = Number.POSITIVE_INFINITY): PbxDialect => ({
  documents({ entity, version, calls, registered }) {
    const name = entity.slice(entity.indexOf(':') + 1, entity.indexOf('@'))
    const state = !registered ? 'Unavailable' : wordOf(calls)
    const isFull = calls.filter(({ phase }) => phase !== 'rings').length >= busyAt
    const basic = registered && !isFull ? 'open' : 'closed'
    const activity = !registered ? 'away' : state === 'Ready' ? undefined : 'busy'
    return {
      presence: pidf(entity, basic, state, activity),
      dialog: dialogInfo(entity, version, [
        `<dialog id="${name}"${state === 'Ringing' ? ' direction="recipient"' : ''}><state>${asteriskStates[state]}</state></dialog>`,
      ]),
    }
  },
})

const asteriskStates = {
  Unavailable: 'terminated',
  Ready: 'terminated',
  Ringing: 'early',
  'On the phone': 'confirmed',
  'On hold': 'confirmed',
} as const

type AsteriskState = keyof typeof asteriskStates

/** The state that Asterisk gives an extension with several channels: ringing comes first. */
function wordOf(calls: readonly PbxCall[]): AsteriskState {
  if (calls.some(({ phase }) => phase === 'rings')) return 'Ringing'
  if (calls.some(({ phase }) => phase === 'talks')) return 'On the phone'
  return calls.length > 0 ? 'On hold' : 'Ready'
}

/**
 * Kamailio's presence server with pua_dialoginfo: a dialog for each call, with ids and Call-IDs of its own, reported as `terminated` once
 * and never again. Without published presence it sends no presence document.
 */
export const kamailioDialect: PbxDialect = {
  documents({ entity, version, calls, ended }) {
    const dialog = (id: string, state: string): string =>
      `<dialog id="${id}" call-id="${id}@pbx" local-tag="l${id}" remote-tag="r${id}" direction="recipient"><state>${state}</state></dialog>`
    return {
      presence: undefined,
      dialog: dialogInfo(entity, version, [
        ...calls.map(({ id, phase }) => dialog(id, phase === 'rings' ? 'early' : 'confirmed')),
        ...ended.map(id => dialog(id, 'terminated')),
      ]),
    }
  },
}

const pidf = (entity: string, basic: string, note: string, activity: string | undefined): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<presence entity="${entity}" xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid">
 <note>${note}</note>
 <tuple id="t"><status><basic>${basic}</basic></status><contact priority="1">${entity}</contact></tuple>
 <dm:person>${activity === undefined ? '' : `<rpid:activities><rpid:${activity}/></rpid:activities>`}</dm:person>
</presence>`

const dialogInfo = (entity: string, version: number, dialogs: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="full" entity="${entity}">
 ${dialogs.join('\n ')}
</dialog-info>`
