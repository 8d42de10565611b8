import { execFile } from 'node:child_process'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../foundation/errors.js'

/** The longest time for one git command, in ms. */
const longest = 10_000

/**
 * Commits a file of the config folder with git, and the recordings that it names. No shell is involved, and hooks don't run. The author is
 * the person who edited. Resolves with the reason if the file was not committed.
 */
export async function commitFiles(
  folder: string,
  file: string,
  recordings: readonly string[],
  edit: { readonly who: string; readonly message: string },
): Promise<string | undefined> {
  const there = []
  for (const recording of recordings) if (await isFile(join(folder, recording))) there.push(recording)
  const why = await commitAll(folder, [file, ...there], edit)
  // Without its own commit, the edit would become a part of the next person's commit.
  return why === undefined || there.length === 0 ? why : await commitAll(folder, [file], edit)
}

const isFile = async (path: string): Promise<boolean> => (await lstat(path).catch(() => undefined))?.isFile() === true

async function commitAll(
  folder: string,
  files: readonly string[],
  { who, message }: { readonly who: string; readonly message: string },
): Promise<string | undefined> {
  const author = `${plain(who) || 'unknown'} <>`
  try {
    await git(folder, ['add', '--', ...files])
    await git(folder, [
      ...['commit', '--quiet', '--no-verify', '--no-gpg-sign', `--author=${author}`, `--message=${plain(message)}`],
      ...['--only', '--', ...files],
    ])
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

const settings = [
  ...['-c', 'user.name=Carillon', '-c', 'user.email=carillon@localhost'],
  // Programs that the folder's own config of git may name.
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false'],
  // A file name may begin with a colon, which has a meaning in paths of git.
  '--literal-pathspecs',
]

function git(folder: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' }
    const options = { timeout: longest, env, maxBuffer: 65_536 }
    const child = execFile('git', ['-C', folder, ...settings, ...args], options, (error, _out, words) => {
      // The message of `error` is the command line, which says nothing to the person who edited.
      if (error) reject(new Error(words.trim().slice(0, 300) || `git ended with ${error.signal ?? error.code ?? 'a fault'}`))
      else resolve()
    })
    child.on('error', reject)
  })
}

/** Replaces control characters and angle brackets by spaces, because git would end the author's name at them. */
const plain = (text: string): string => text.replace(/[\p{C}<>]/gu, ' ').trim()
