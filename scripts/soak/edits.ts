import { join } from 'node:path'
import { z } from 'zod'
import { eventually } from '../../test/wire/harness/eventually.js'
import { writeConfig } from '../../test/wire/harness/config.js'
import type { Lives } from './lives.js'
import { firstState, replaceFiles, type Site, type SiteState } from './site.js'

const checked = z.object({ readAt: z.string().nullable(), faults: z.array(z.unknown()) })
type Checked = z.infer<typeof checked>

export const editNames = ['addQueue', 'renameQueue', 'changeMethod', 'breakFile', 'takeAgentOut', 'takeQueueOut'] as const
export type EditName = (typeof editNames)[number]

/** Long, because a reload may wait for a busy machine. */
const readWithin = 30_000
const brokenFile = 'broken.yaml'

/** An admin's edits of the running server's config, and whether the server handled them correctly. */
export class Edits {
  readonly done: Record<string, number> = {}
  readonly wrongs: string[] = []
  #state: SiteState = firstState
  #next = 0

  constructor(
    private readonly site: Site,
    private readonly lives: Lives,
    private readonly folder: string,
    private readonly ports: { readonly pbx: number },
  ) {}

  get state(): SiteState {
    return this.#state
  }

  /** Writes the config before a server reads it. No `listen` for the first server, which uses ports that the kernel chooses. */
  async write(listen?: readonly string[]): Promise<void> {
    await replaceFiles(join(this.folder, 'config'), this.site.files(this.#state, listen, this.ports.pbx))
  }

  /** The next edit of the round. */
  async edit(): Promise<void> {
    const name = editNames[this.#next++ % editNames.length] ?? 'addQueue'
    this.done[name] = (this.done[name] ?? 0) + 1
    if (name === 'breakFile') return this.#break()
    this.#state = this.#changed(name)
    await this.#read(name, () => this.write(this.lives.server.listening), 0)
  }

  #changed(name: Exclude<EditName, 'breakFile'>): SiteState {
    const state = this.#state
    switch (name) {
      case 'addQueue':
        return { ...state, hasExtra: true }
      case 'renameQueue':
        return { ...state, supportQueue: state.supportQueue === 'support' ? 'first-line' : 'support' }
      case 'changeMethod':
        return { ...state, ladderMethod: state.ladderMethod === 'serial' ? 'roundRobin' : 'serial' }
      case 'takeAgentOut':
        return { ...state, without: state.without === undefined ? this.site.of('support').at(-1) : undefined }
      case 'takeQueueOut':
        return { ...state, hasExtra: false }
    }
  }

  /** A faulty file must change nothing and be reported. After the correction all must be well again. */
  async #break(): Promise<void> {
    const config = join(this.folder, 'config')
    const queues = [{ name: 'broken', groups: ['no-such-group'] }]
    await this.#read('breakFile', () => writeConfig(config, { [brokenFile]: { queues } }), 1)
    await this.#read('mendFile', () => writeConfig(config, { [brokenFile]: '# nothing\n' }), 0)
  }

  async #read(name: string, write: () => Promise<void>, faults: number): Promise<void> {
    const before = await this.#checked()
    await write()
    const read = async (): Promise<boolean> => {
      const now = await this.#checked()
      return now.readAt !== before.readAt && now.faults.length === faults
    }
    try {
      await eventually(`the config is read after ${name}`, read, readWithin)
    } catch (error) {
      const now = await this.#checked().catch(() => undefined)
      this.wrongs.push(`${name}: ${String(error)}; ${JSON.stringify(now)}`)
    }
  }

  async #checked(): Promise<Checked> {
    return checked.parse(await this.lives.server.get<unknown>('/api/config/check'))
  }
}
