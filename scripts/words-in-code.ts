import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const source = fileURLToPath(new URL('../src/', import.meta.url))

/** The words of a list (`const name = ['a', 'b']`) or of a union (`type Name = 'a' | 'b'`) in a file of src/. */
export function wordsOf(file: string, name: string): string[] {
  const words = parsed(file).statements.flatMap(statement => {
    if (ts.isTypeAliasDeclaration(statement)) return statement.name.text === name ? literalsIn(statement.type) : []
    if (!ts.isVariableStatement(statement)) return []
    return statement.declarationList.declarations
      .filter(each => each.name.getText() === name)
      .flatMap(({ initializer }) => (initializer ? literalsIn(initializer) : []))
  })
  if (words.length === 0) throw new Error(`src/${file} has no list and no union of words with the name ${name}`)
  return words
}

/** The reasons for which SIP messages and connections are counted as refused: `reject('…')`, and `why: '…'` of a refusal with a status. */
export function rejectionReasons(): string[] {
  const words = [
    ...wordsOf('sip/transport/counters.ts', 'Rejection'),
    ...wordsOf('signaling/caller-shares.ts', 'CallerRefusal'),
    ...wordsOf('sip/registrar/registrar.ts', 'refusals'),
  ]
  const visit = (node: ts.Node): void => {
    const [argument] = ts.isCallExpression(node) && /\.reject(ed)?$/.test(node.expression.getText()) ? node.arguments : []
    if (argument) words.push(...literalsIn(argument))
    if (ts.isObjectLiteralExpression(node) && isRefusal(node)) words.push(...valuesOf(node, 'why'))
    ts.forEachChild(node, visit)
  }
  for (const folder of ['sip', 'signaling'])
    for (const name of readdirSync(`${source}${folder}`, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.ts')) visit(parsed(`${folder}/${name}`))
  return [...new Set(words)].filter(word => /^[a-z]\w+$/.test(word)).sort()
}

const isRefusal = (node: ts.ObjectLiteralExpression): boolean =>
  valuesOf(node, 'kind').includes('refused') || node.properties.some(({ name }) => name?.getText() === 'status')

const valuesOf = (node: ts.ObjectLiteralExpression, key: string): string[] =>
  node.properties
    .filter(ts.isPropertyAssignment)
    .filter(({ name }) => name.getText() === key)
    .flatMap(({ initializer }) => literalsIn(initializer))

function literalsIn(node: ts.Node): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text]
  const words: string[] = []
  ts.forEachChild(node, inner => void words.push(...literalsIn(inner)))
  return words
}

const parsed = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(`${source}${file}`, 'utf8'), ts.ScriptTarget.Latest, true)
