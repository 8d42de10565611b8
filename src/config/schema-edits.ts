import { z } from 'zod'
import { block, choice, wholeNumber } from './fields.js'
import { editorWords } from './settings.js'

/** The schema of edits over HTTP (docs/decisions/088). */
export const edits = block('Edits of these files by the console and the HTTP API.', {
  by: choice(
    'managers: admins edit everything but carillon.yaml, and managers what only their workflows use. admins: only admins edit. nobody: the files are only edited by hand.',
    editorWords,
  ).prefault('managers'),
  keep: wholeNumber(1, 1_000)
    .describe('How many of the latest edits are kept, to be shown and undone. Default 200.')
    .prefault(200),
  git: z
    .boolean()
    .describe('true: each edit is committed with git. The config folder must be in a git repository. Default false.')
    .prefault(false),
})
