import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const child = fileURLToPath(new URL('watch-in-need.ts', import.meta.url))
/** A user namespace has its own limits for watches. */
const mayLimitWatches =
  spawnSync('unshare', ['-Ur', 'sh', '-c', 'echo 100 > /proc/sys/user/max_inotify_watches'], { stdio: 'ignore' }).status === 0

describe('watching the config folder with too few resources', () => {
  let folder: string
  let running: ChildProcessWithoutNullStreams
  let told: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-watch-'))
    chmodSync(folder, 0o755)
    for (let index = 0; index < 10; index += 1) mkdirSync(join(folder, `part${index}`))
    told = ''
  })
  afterEach(async () => {
    if (running.exitCode === null) {
      const exited = once(running, 'exit')
      running.kill()
      await exited
    }
    rmSync(folder, { recursive: true })
  })

  function run(before: string, need: string, by: readonly string[] = []): void {
    const command = [...by, 'sh', '-c', `${before} && exec "$@"`, 'sh', process.execPath, '--import', 'tsx', child, need, folder]
    running = spawn('env', command)
    running.stdout.on('data', (bytes: Buffer) => (told += bytes.toString()))
  }

  async function until(what: RegExp): Promise<void> {
    while (!what.test(told)) {
      if (running.exitCode !== null) assert.fail(`it ended with ${running.exitCode}: ${told}`)
      await Promise.race([once(running.stdout, 'data'), once(running, 'exit')])
    }
  }

  it('reports that file descriptors are missing, and recovers when some are free', async () => {
    run('ulimit -n 128', 'descriptors')
    await until(/EMFILE[^]*watching/)
    running.stdin.write('\n')
    await until(/whole/)
  })

  it('reports an unreadable folder and goes on watching the others', async () => {
    run('true', 'permission')
    await until(/EACCES[^]*watching/)
  })

  it('reports that the limit of watches is reached, and goes on', async function () {
    if (!mayLimitWatches) return this.skip()
    run('echo 6 > /proc/sys/user/max_inotify_watches', 'watches', ['unshare', '-Ur'])
    await until(/ENOSPC[^]*watching/)
  })
})
