import { canonicalName } from '../../../src/sip/message/names.js'
import type { Draft } from './commands.js'

/** Header fields that no application sets. The server drops them without a word. */
const serversOwn: ReadonlySet<string> = new Set(['Via', 'Route', 'RSeq', 'Record-Route', 'Content-Length'])
/** Header fields of a request that its dialog sets. */
const dialogsOwn: ReadonlySet<string> = new Set(['From', 'To', 'Call-ID', 'CSeq', 'RAck', 'Max-Forwards'])
/** An application's CANCEL can't have these. */
const notInCancel: ReadonlySet<string> = new Set([...dialogsOwn, 'Contact', 'P-Asserted-Identity', 'Content-Type'])
/** Header fields in which `@localhost` stands for the server's own address. */
const placed: ReadonlySet<string> = new Set(['From', 'To', 'Contact', 'P-Asserted-Identity'])

export type HeaderEntries = readonly (readonly [name: string, value: string])[]

/** What the application wrote, as far as it may, with the server's address in place of `localhost`. */
export function headersOf(draft: Draft, local: { readonly host: string; readonly port: number }): HeaderEntries {
  const entries: [string, string][] = []
  for (const [written, value] of draft.headers) {
    const name = canonicalName(written)
    if (serversOwn.has(name)) continue
    entries.push([name, placed.has(name) ? value.replace(/@localhost(?::\d+)?/, `@${local.host}:${local.port}`) : value])
  }
  return entries
}

export const inDialog = (entries: HeaderEntries): HeaderEntries => entries.filter(([name]) => !dialogsOwn.has(name))

export const inCancel = (entries: HeaderEntries): HeaderEntries => entries.filter(([name]) => !notInCancel.has(name))

export const valueOf = (entries: HeaderEntries, name: string): string | undefined =>
  entries.findLast(([candidate]) => candidate === name)?.[1]

export const without = (entries: HeaderEntries, ...names: readonly string[]): HeaderEntries =>
  entries.filter(([name]) => !names.includes(name))

/** The type of a body. The server guesses SDP, and nothing else. Undefined: it is missing. */
export function typeOf(draft: Draft, entries: HeaderEntries): string | undefined {
  return valueOf(entries, 'Content-Type') ?? (draft.body.startsWith('v=0') ? 'application/sdp' : undefined)
}

/** Method and URI of a request that an application wrote. */
export function startOf({ startLine }: Draft): { readonly method: string; readonly uri: string } {
  const [method = '', uri = ''] = startLine.split(' ')
  return { method, uri }
}

/** Status and phrase of a response that an application wrote. */
export function statusOf({ startLine }: Draft): { readonly status: number; readonly reasonPhrase: string } {
  const [, digits = '500', reasonPhrase = ''] = /^SIP\/2\.0 (\d{3})\s*(.*)$/.exec(startLine) ?? []
  return { status: Number(digits), reasonPhrase }
}
