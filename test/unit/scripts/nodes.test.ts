import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { nodeFor } from '../../wire/harness/nodes.js'

describe('the Node under a wire test', () => {
  const files = readdirSync('test/wire').filter(name => name.endsWith('.test.ts'))
  const second = '/opt/node/bin/node'

  it('is the second one for about half of the files, and always the same for a file', () => {
    const on = files.filter(file => nodeFor(`/somewhere/test/wire/${file}`, second) === second)
    assert.ok(on.length >= files.length / 3 && on.length <= (2 * files.length) / 3, `${on.length} of ${files.length}`)
  })

  it('is the one that runs the tests where no second one is given', () => {
    for (const none of [undefined, '']) assert.deepEqual([...new Set(files.map(file => nodeFor(file, none)))], [process.execPath])
  })

  it('may be the oldest that package.json names: the script installs it where the tests run on a newer one', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } }
    const [, oldest = ''] = /^>=(.*)$/.exec(engines.node) ?? []
    assert.match(readFileSync('scripts/other-node.sh', 'utf8'), new RegExp(`version=${oldest.replace('.', '\\.')}\\.0;`))
  })
})
