import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const source = fileURLToPath(new URL('../src/', import.meta.url))
const methods = new Set(['error', 'warn', 'info', 'debug'])

interface LogLine {
  readonly event: string
  readonly level: string
  readonly message: string
  readonly fields: readonly string[]
}

/** A table of every log line with an event, made of the calls in the code. */
export function logEventsTable(): string {
  const lines = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .sort()
    .flatMap(linesIn)
  const byEvent = new Map<string, LogLine[]>()
  for (const line of lines) byEvent.set(line.event, [...(byEvent.get(line.event) ?? []), line])
  const rows = [...byEvent].sort(([a], [b]) => (a < b ? -1 : 1)).map(([event, same]) => row(event, same))
  return `| event | level | message | fields |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function row(event: string, lines: readonly LogLine[]): string {
  const each = (of: (line: LogLine) => string): string[] => [...new Set(lines.map(of))].filter(text => text !== '')
  const fields = [...new Set(lines.flatMap(line => line.fields))].sort().map(field => `\`${field}\``)
  const messages = each(({ message }) => message).map(message => message.replaceAll('|', '\\|').replaceAll('\n', ' '))
  return `| \`${event}\` | ${each(({ level }) => level).join(', ')} | ${messages.join('<br>')} | ${fields.join(', ')} |`
}

function linesIn(file: string): LogLine[] {
  const found: LogLine[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) found.push(...lineOf(node))
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(`${source}${file}`, 'utf8'), ts.ScriptTarget.Latest, true))
  return found
}

/** The line that an object with the literal key `event` belongs to. Events of streams and calls have no dot in their names. */
function lineOf(fields: ts.ObjectLiteralExpression): LogLine[] {
  const event = fields.properties.map(property => literalOf(property, 'event')).find(text => text?.includes('.'))
  if (event === undefined) return []
  const call = callAround(fields)
  const level = call && levelOf(call)
  const message = call?.arguments.find(argument => !ts.isObjectLiteralExpression(argument))
  return [{ event, level: level ?? '', message: message && level !== undefined ? wordsOf(message) : '', fields: namesIn(fields) }]
}

function literalOf(property: ts.ObjectLiteralElementLike, name: string): string | undefined {
  if (!ts.isPropertyAssignment(property) || property.name.getText() !== name) return undefined
  return ts.isStringLiteralLike(property.initializer) ? property.initializer.text : undefined
}

function callAround(node: ts.Node): ts.CallExpression | undefined {
  for (let at: ts.Node = node.parent; !ts.isSourceFile(at) && !ts.isFunctionLike(at); at = at.parent)
    if (ts.isCallExpression(at)) return at
  return undefined
}

function levelOf({ expression }: ts.CallExpression): string | undefined {
  const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : undefined
  return name !== undefined && methods.has(name) ? name : undefined
}

/** The message as far as it is written in the code; `…` stands for what is filled in. */
function wordsOf(message: ts.Expression): string {
  if (ts.isStringLiteralLike(message)) return message.text
  if (ts.isConditionalExpression(message)) return `${wordsOf(message.whenTrue)} / ${wordsOf(message.whenFalse)}`
  if (ts.isArrowFunction(message) && !ts.isBlock(message.body)) return wordsOf(message.body)
  if (!ts.isTemplateExpression(message)) return '…'
  return message.templateSpans.reduce((text, { literal }) => `${text}…${literal.text}`, message.head.text)
}

/** Keys of the object and of objects that are spread in it. */
function namesIn(fields: ts.ObjectLiteralExpression): string[] {
  return fields.properties.flatMap(property => {
    if (ts.isSpreadAssignment(property)) return spreadNames(property.expression)
    const name = property.name?.getText() ?? ''
    return name === 'event' || name === '' ? [] : [name]
  })
}

function spreadNames(expression: ts.Expression): string[] {
  if (ts.isParenthesizedExpression(expression)) return spreadNames(expression.expression)
  if (ts.isBinaryExpression(expression)) return spreadNames(expression.right)
  return ts.isObjectLiteralExpression(expression) ? namesIn(expression) : []
}
