import assert from 'node:assert/strict'
import { readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { ok } from '../../../src/foundation/result.js'
import { PromptCache } from '../../../src/media/prompts/prompts-cache.js'
import { newFolder, removeFolders } from '../config/folder.js'

describe('stored sounds', () => {
  after(removeFolders)

  it('are deleted when they take too much, the ones used longest ago first, and never those in use', async () => {
    const folder = newFolder()
    const keep = (cache: PromptCache, word: string): Promise<unknown> =>
      cache.keep([word], () => Promise.resolve(ok(new Int16Array(1_000))))
    const before = new Set<string>()
    const files = new Map<string, string>()
    for (const [word, day] of [
      ['old', 1],
      ['older', 0],
      ['used', 0],
      ['new', 2],
    ] as const) {
      await keep(new PromptCache(folder), word)
      const name = readdirSync(folder).find(each => !before.has(each)) ?? assert.fail()
      before.add(name)
      files.set(word, name)
      utimesSync(join(folder, name), day * 86_400, day * 86_400)
    }
    const cache = new PromptCache(folder)
    await keep(cache, 'used')
    await cache.shrink(3 * 2_200)
    const left = readdirSync(folder)
    assert.deepEqual(
      [...files].flatMap(([word, name]) => (left.includes(name) ? [word] : [])),
      ['old', 'used', 'new'],
    )
    await cache.shrink(0)
    assert.deepEqual(readdirSync(folder), [files.get('used')])
  })
})
