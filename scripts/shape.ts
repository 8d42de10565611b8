import { dirname, join } from 'node:path'
import ts from 'typescript'

/** Something too large, or something that nobody uses. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly name: string
  readonly what: string
}

/** A class with more fields holds several things. */
const mostFields = 10
/** More options than this are groups that nobody has named yet. */
const mostOptions = 8

/** Parsed files, by their path from the root of the repository. */
export type Sources = ReadonlyMap<string, ts.SourceFile>

/** `files`: the text of each file, by its path. */
export const parse = (files: ReadonlyMap<string, string>): Sources =>
  new Map([...files].map(([path, text]) => [path, ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)]))

/** Classes with too many fields. Parameters of the constructor that become fields count, static fields don't. */
export function largeClasses(sources: Sources): readonly Finding[] {
  return [...sources.values()].flatMap(source =>
    nodesOf(source, ts.isClassLike).flatMap(node => {
      const fields = fieldsOf(node)
      const name = node.name?.text ?? 'a class without a name'
      return fields > mostFields ? [finding(source, node, name, `${fields} fields, of ${mostFields}`)] : []
    }),
  )
}

function fieldsOf(node: ts.ClassLikeDeclaration): number {
  const isStatic = (member: ts.PropertyDeclaration): boolean =>
    member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true
  const declared = node.members.filter(member => ts.isPropertyDeclaration(member) && !isStatic(member)).length
  const constructor = node.members.find(member => ts.isConstructorDeclaration(member) && member.body !== undefined)
  const parameters = constructor && ts.isConstructorDeclaration(constructor) ? constructor.parameters : []
  return declared + parameters.filter(parameter => ts.isParameterPropertyDeclaration(parameter, parameter.parent)).length
}

const namesOptions = /(Options|Parts|Context)$/

/**
 * Options with too many members: types with such a name, and others that a constructor is given. A type with at least as many methods
 * as fields is a port or a listener, which is no set of options.
 */
export function largeOptions(sources: Sources): readonly Finding[] {
  const found = new Map<ts.Node, Finding>()
  const look = ({ source, node }: Declared): void => {
    const members = membersOf(sources, { source, node })
    if (members.size > mostOptions)
      found.set(node, finding(source, node, node.name.text, `${members.size} options, of ${mostOptions}`))
  }
  for (const source of sources.values()) {
    for (const node of nodesOf(source, isDeclaration)) if (namesOptions.test(node.name.text)) look({ source, node })
    for (const { parameters } of nodesOf(source, ts.isConstructorDeclaration))
      for (const { type } of parameters) {
        const name = type && ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? type.typeName.text : undefined
        const declared = name === undefined ? undefined : declarationOf(sources, source, name)
        if (declared && !isPort(declared.node)) look(declared)
      }
  }
  return [...found.values()]
}

const isPort = (node: Declaration): boolean =>
  ts.isInterfaceDeclaration(node) && node.members.filter(ts.isMethodSignature).length * 2 >= node.members.length

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration

interface Declared {
  readonly source: ts.SourceFile
  readonly node: Declaration
}

const isDeclaration = (node: ts.Node): node is Declaration => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)

/** The type of this name as the file sees it: its own, or an imported one. */
function declarationOf(sources: Sources, source: ts.SourceFile, name: string): Declared | undefined {
  const own = nodesOf(source, isDeclaration).find(node => node.name.text === name)
  if (own) return { source, node: own }
  for (const { from, names } of importsOf(sources, source)) {
    const imported = names.find(each => each.local === name)
    const there = sources.get(from)
    if (imported && there) return declarationOf(sources, there, imported.name)
  }
  return undefined
}

/** The names of all members, with those of the types that this one extends. */
function membersOf(sources: Sources, { source, node }: Declared): ReadonlySet<string> {
  const ofReference = (name: ts.Node, args: readonly ts.TypeNode[] = []): readonly string[] => {
    if (!ts.isIdentifier(name)) return []
    const [first, second] = args
    const picked =
      second && (ts.isUnionTypeNode(second) ? second.types : [second]).map(each => each.getText().replaceAll("'", ''))
    switch (name.text) {
      case 'Readonly':
      case 'Partial':
      case 'Required':
        return first ? ofType(first) : []
      case 'Pick':
        return picked ?? []
      case 'Omit':
        return first ? ofType(first).filter(each => !picked?.includes(each)) : []
      default: {
        const declared = declarationOf(sources, source, name.text)
        return declared ? [...membersOf(sources, declared)] : []
      }
    }
  }
  const ofType = (type: ts.TypeNode): readonly string[] => {
    if (ts.isTypeLiteralNode(type)) return type.members.map(nameOf)
    if (ts.isIntersectionTypeNode(type)) return type.types.flatMap(ofType)
    if (ts.isTypeReferenceNode(type)) return ofReference(type.typeName, type.typeArguments)
    return []
  }
  if (ts.isTypeAliasDeclaration(node)) return new Set(ofType(node.type))
  const inherited = node.heritageClauses?.flatMap(({ types }) => types) ?? []
  return new Set([
    ...node.members.map(nameOf),
    ...inherited.flatMap(({ expression, typeArguments }) => ofReference(expression, typeArguments)),
  ])
}

const nameOf = (member: ts.TypeElement): string => member.name?.getText() ?? member.getText()

/** Exports of the files `looked` at that no other file of `sources` imports. */
export function unusedExports(sources: Sources, looked: (path: string) => boolean): readonly Finding[] {
  const used = new Set<string>()
  const use = (from: string, name: string): void => {
    if (used.has(`${from} ${name}`)) return
    used.add(`${from} ${name}`)
    const face = sources.get(from)
    if (face) for (const each of importsOf(sources, face)) if (each.how === 'export *') use(each.from, name)
  }
  for (const source of sources.values())
    for (const { from, names, how } of importsOf(sources, source)) {
      if (how === 'whole') use(from, '*')
      for (const { name } of names) use(from, name)
    }
  return [...sources].flatMap(([path, source]) => {
    if (!looked(path) || used.has(`${path} *`)) return []
    return exportsOf(source)
      .filter(({ name }) => !used.has(`${path} ${name}`))
      .map(({ node, name }) => finding(source, node, name, 'no other file imports it'))
  })
}

interface Export {
  readonly name: string
  readonly node: ts.Node
}

function exportsOf(source: ts.SourceFile): readonly Export[] {
  return source.statements.flatMap((node): readonly Export[] => {
    if (ts.isExportDeclaration(node))
      return node.exportClause && ts.isNamedExports(node.exportClause)
        ? node.exportClause.elements.map(each => ({ name: each.name.text, node: each }))
        : []
    if (!ts.canHaveModifiers(node) || !ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
    if (ts.isVariableStatement(node))
      return node.declarationList.declarations.flatMap((each): readonly Export[] => {
        if (ts.isIdentifier(each.name)) return [{ name: each.name.text, node: each }]
        return each.name.elements.flatMap(element =>
          ts.isBindingElement(element) ? [{ name: element.name.getText(), node: element }] : [],
        )
      })
    const name = ts.getNameOfDeclaration(node as unknown as ts.Declaration)
    return name ? [{ name: name.getText(), node }] : []
  })
}

interface Import {
  /** The path of the file that is imported. */
  readonly from: string
  /** Where the import stands. */
  readonly line: number
  readonly names: readonly { readonly name: string; readonly local: string }[]
  /** `whole`: all of the file, by `import * as` or `import()`. */
  readonly how: 'names' | 'export *' | 'whole'
}

/** What a file imports from, or exports again of, other files of the repository. */
export function importsOf(sources: Sources, source: ts.SourceFile): readonly Import[] {
  const pathOf = (specifier: ts.Expression | undefined): string | undefined => {
    if (!specifier || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith('.')) return undefined
    const path = join(dirname(source.fileName), specifier.text).replace(/\.jsx?$/, '')
    return ['.ts', '.tsx', ''].map(ending => path + ending).find(each => sources.has(each))
  }
  const namesOf = (elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[]): Import['names'] =>
    elements.map(({ propertyName, name }) => ({ name: (propertyName ?? name).text, local: name.text }))

  const declared = source.statements.flatMap((node): readonly Import[] => {
    if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return []
    const from = pathOf(node.moduleSpecifier)
    if (from === undefined) return []
    const line = lineOf(source, node)
    const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause
    if (!bindings) return [{ from, line, names: [], how: ts.isExportDeclaration(node) ? 'export *' : 'names' }]
    if (ts.isNamedImports(bindings) || ts.isNamedExports(bindings))
      return [{ from, line, names: namesOf([...bindings.elements]), how: 'names' }]
    return [{ from, line, names: [], how: 'whole' }]
  })
  const dynamic = nodesOf(source, ts.isCallExpression).flatMap((node): readonly Import[] => {
    const from = node.expression.kind === ts.SyntaxKind.ImportKeyword ? pathOf(node.arguments[0]) : undefined
    return from === undefined ? [] : [{ from, line: lineOf(source, node), names: [], how: 'whole' }]
  })
  return [...declared, ...dynamic]
}

function nodesOf<Found extends ts.Node>(source: ts.SourceFile, is: (node: ts.Node) => node is Found): readonly Found[] {
  const found: Found[] = []
  const visit = (node: ts.Node): void => {
    if (is(node)) found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const finding = (source: ts.SourceFile, node: ts.Node, name: string, what: string): Finding => ({
  file: source.fileName,
  name,
  line: lineOf(source, node),
  what,
})

const lineOf = (source: ts.SourceFile, node: ts.Node): number =>
  source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
