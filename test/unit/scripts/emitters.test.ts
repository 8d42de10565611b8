import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { emitters } from '../../../scripts/lint/emitters.js'

describe('the lint rule carillon/emitters', () => {
  let folder: string
  let linter: Linter
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-lint-'))
    const modules = { module: 'NodeNext', moduleResolution: 'NodeNext', target: 'ES2023' }
    const types = { typeRoots: [resolve('node_modules/@types')], types: ['node'] }
    const compilerOptions = { strict: true, skipLibCheck: true, noEmit: true, ...modules, ...types }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['code.ts'] }))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'code.ts'), '')
    linter = new Linter({ cwd: folder })
  })
  after(() => rmSync(folder, { recursive: true }))

  /** The findings, each as the name of the emitter. */
  function deaf(code: string): string[] {
    const imports = [
      `import { createCipheriv } from 'node:crypto'`,
      `import { createServer, connect, type Socket } from 'node:net'`,
      `import { Worker } from 'node:worker_threads'`,
    ]
    const [config, filename] = [
      {
        files: ['**/*.ts'],
        plugins: { carillon: { rules: { emitters } } },
        languageOptions: {
          parser: tseslint.parser,
          // With CI=true the parser would read the file only once, and the code here differs from call to call.
          parserOptions: { project: './tsconfig.json', tsconfigRootDir: folder, disallowAutomaticSingleRunInference: true },
        },
        rules: { 'carillon/emitters': 'error' },
      } satisfies Linter.Config,
      join(folder, 'code.ts'),
    ]
    const found = linter.verify([...imports, code].join('\n'), config, { filename })
    for (const { ruleId, message } of found) assert.equal(ruleId, 'carillon/emitters', message)
    return found.map(({ message }) => /^'(.*?)' is an emitter/.exec(message)?.[1] ?? message)
  }

  it('finds an emitter that is created, kept or received, and whose errors have no listener', () => {
    assert.deepEqual(deaf(`const socket = connect(1); socket.write('x')`), ['socket'])
    assert.deepEqual(deaf(`connect(1).write('x')`), ['connect'])
    assert.deepEqual(deaf(`export class Line { readonly #socket: Socket = connect(1) }`), ['socket'])
    assert.deepEqual(deaf(`export const serve = () => createServer(socket => { socket.end() }).on('error', String)`), [
      'createServer',
      'socket',
    ])
    assert.deepEqual(
      deaf(`const worker = new Worker('x'); worker.once('error', String)`),
      ['worker'],
      'a second error would have no listener',
    )
  })

  it('accepts one that has a listener, is handed on or is returned', () => {
    assert.deepEqual(deaf(`const socket = connect(1); socket.on('error', String); socket.write('x')`), [])
    assert.deepEqual(deaf(`export const open = (): Socket => connect(1)`), [])
    assert.deepEqual(deaf(`const socket = connect(1); declare function hear(heard: Socket): void; hear(socket)`), [])
    assert.deepEqual(
      deaf(`function made() { const it = connect(1); it.on('error', String); return it }\nconst own = made(); own.end()`),
      [],
    )
  })

  it('ignores objects that throw their errors at once, such as a cipher', () => {
    assert.deepEqual(deaf(`export const bytes = createCipheriv('aes-128-ctr', 'k', 'i').update('x')`), [])
    assert.deepEqual(deaf(`export const bytes = createCipheriv('aes-128-gcm', 'k', 'i').update('x')`), [])
  })
})
