import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { server, type Ask } from './asking.js'
import { json, textOption, type Command } from './command.js'

/** `carillon bundle CALL-ID`: saves everything about a call that somebody who looks for a fault needs, with other names. */
export function bundleCommand(ask: Ask): Command {
  return {
    name: 'bundle',
    usage: 'CALL-ID [--output FILE] [--server URL] [--token TOKEN] [--json]',
    summary:
      'saves a file for a bug report: decisions, events, SIP messages and settings of a call, with other names, numbers and addresses; CALL-ID as for explain',
    options: {
      output: { type: 'string', value: 'FILE', says: 'the file to write; default: carillon-CALL-ID.zip in this folder' },
      ...server,
      ...json,
    },
    takes: { least: 1, most: 1 },
    run: (given, output) =>
      ask(given, output, {
        path: `/api/calls/${encodeURIComponent(given.positionals[0] ?? '')}/bundle`,
        accept: 'application/zip',
        async use({ body, headers }) {
          const file = textOption(given, 'output') ?? nameIn(headers)
          // `wx`: a file that is there already stays.
          if (body) await pipeline(Readable.fromWeb(body), createWriteStream(file, { mode: 0o600, flags: 'wx' }))
          output.out(
            output.isJson === true
              ? JSON.stringify({ file })
              : `${file} is saved. Read what is in it before you send it. \`carillon replay ${file}\` shows the decisions.`,
          )
        },
      }),
  }
}

/** The name that the server gives the file. Only letters, digits and hyphens: it can't lead to another folder. */
const nameIn = (headers: Headers): string =>
  /filename="(carillon-[\w-]+\.zip)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? 'carillon-bundle.zip'
