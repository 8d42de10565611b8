import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const source = fileURLToPath(new URL('../src/', import.meta.url))
const levels: ReadonlySet<string> = new Set(['error', 'warn', 'info', 'debug'])
/** What a log is called in the code, such as `this.options.log`, `this.#of(call)` or `this.#warnings`. */
const logForm = /(\blog|#warnings|#of\(.*\)|#begin\(.*\))$/is
/** They pass on what others log, and have lines of their own. */
const passOn: ReadonlySet<string> = new Set(['foundation/once-a-minute.ts', 'observability/logger.ts'])

interface LogLine {
  readonly event: string
  readonly level: string
  readonly message: string
  readonly fields: readonly string[]
}

/** A table of every log line, made of the calls in the code. Throws for a call that has no event. */
export function logEventsTable(): string {
  const byEvent = new Map<string, LogLine[]>()
  for (const line of logLines()) byEvent.set(line.event, [...(byEvent.get(line.event) ?? []), line])
  const rows = [...byEvent].sort(([a], [b]) => (a < b ? -1 : 1)).map(([event, same]) => row(event, same))
  return `| event | level | message | fields |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function logLines(): LogLine[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .sort()
    .flatMap(linesIn)
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
    if (ts.isCallExpression(node)) found.push(...linesOf(node, file))
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(`${source}${file}`, 'utf8'), ts.ScriptTarget.Latest, true))
  return found
}

/** The lines that a call can log: one for each event that it can have. None: it is no call of a log. */
function linesOf(call: ts.CallExpression, file: string): LogLine[] {
  const { arguments: given } = call
  const level = levelOf(call)
  if (level === undefined) return []
  const fields = given.at(-1)
  const { events, names } = fields === undefined ? noFields : fieldsIn(fields)
  if (events.length === 0 && !passOn.has(file))
    throw new Error(`src/${file}: ${call.getText().slice(0, 120)} has no event that this script can read`)
  // `OnceAMinute` takes a key before the message.
  const message = given.at(-2)
  return events.map(event => ({
    event,
    level,
    message: message === undefined ? '' : wordsOf(message),
    fields: names,
  }))
}

/** Undefined: the call is no call of a log. */
function levelOf({ expression, arguments: [first] }: ts.CallExpression): string | undefined {
  if (!ts.isPropertyAccessExpression(expression)) return undefined
  const { name } = expression
  if (levels.has(name.text)) return logForm.test(expression.expression.getText()) ? name.text : undefined
  // The log's own lines.
  const isWrite = name.text === 'write' && first !== undefined && ts.isStringLiteral(first)
  return isWrite && levels.has(first.text) ? first.text : undefined
}

interface Fields {
  readonly events: readonly string[]
  readonly names: readonly string[]
}
const noFields: Fields = { events: [], names: [] }

/** Of an object literal, of a constant that holds one, or of parts of either that are spread or chosen. */
function fieldsIn(node: ts.Expression): Fields {
  if (ts.isParenthesizedExpression(node)) return fieldsIn(node.expression)
  if (ts.isIdentifier(node)) {
    const value = valueOf(node)
    return value ? fieldsIn(value) : noFields
  }
  if (ts.isBinaryExpression(node)) return fieldsIn(node.right)
  if (!ts.isObjectLiteralExpression(node)) return noFields
  const parts = node.properties.map((property): Fields => {
    if (ts.isSpreadAssignment(property)) return fieldsIn(property.expression)
    const name = property.name?.getText() ?? ''
    if (name !== 'event') return { events: [], names: [name] }
    if (ts.isPropertyAssignment(property)) return { events: textsOf(property.initializer), names: [] }
    const value = ts.isShorthandPropertyAssignment(property) ? valueOf(property.name) : undefined
    return { events: value ? textsOf(value) : [], names: [] }
  })
  return { events: parts.flatMap(({ events }) => events), names: parts.flatMap(({ names }) => names) }
}

/** The texts that an expression can be, as far as they are written in the code. */
function textsOf(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression)
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)]
  if (ts.isElementAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const table = valueOf(node.expression)
    return table ? valuesIn(table) : []
  }
  return []
}

const valuesIn = (table: ts.Expression): string[] =>
  ts.isObjectLiteralExpression(table)
    ? table.properties.flatMap(property => (ts.isPropertyAssignment(property) ? textsOf(property.initializer) : []))
    : []

/** What a name stands for: the nearest constant of that name, in the function around it or in the file. Undefined: something else. */
function valueOf(name: ts.Identifier): ts.Expression | undefined {
  for (let scope: ts.Node = name.parent; ; scope = scope.parent) {
    if (ts.isBlock(scope) || ts.isSourceFile(scope)) {
      const found = scope.statements.flatMap(statement =>
        ts.isVariableStatement(statement)
          ? statement.declarationList.declarations.flatMap(each => declared(each, name.text))
          : [],
      )
      if (found[0]) return found[0]
    }
    if (ts.isSourceFile(scope)) return undefined
  }
}

function declared({ name, initializer }: ts.VariableDeclaration, wanted: string): ts.Expression[] {
  if (!initializer) return []
  return ts.isIdentifier(name) && name.text === wanted ? [initializer] : []
}

/** The message as far as it is written in the code; `…` stands for what is filled in. */
function wordsOf(message: ts.Expression): string {
  if (ts.isStringLiteralLike(message)) return message.text
  if (ts.isIdentifier(message)) {
    const value = valueOf(message)
    return value ? wordsOf(value) : '…'
  }
  if (ts.isElementAccessExpression(message)) return textsOf(message).join(' / ') || '…'
  if (ts.isConditionalExpression(message)) return `${wordsOf(message.whenTrue)} / ${wordsOf(message.whenFalse)}`
  if (ts.isArrowFunction(message) && !ts.isBlock(message.body)) return wordsOf(message.body)
  if (!ts.isTemplateExpression(message)) return '…'
  return message.templateSpans.reduce((text, { literal }) => `${text}…${literal.text}`, message.head.text)
}
