/**
 * An emitter without a listener for `error` ends the process. This rule checks one file, by names:
 * - code that creates one (`connect(…)`, `new Worker(…)`) must listen, return it, or pass it to a call; a function of the same file that
 *   creates one may do the listening;
 * - a class that keeps one as a property must listen, or another name of the file must;
 * - a callback that receives one (`server.on('connection', socket => …)`) must listen or pass it on.
 * `once` is not enough, because a second error would find no listener.
 */

/** Events that Node reports to nobody if there is no listener. */
const harmless = new Set([
  'IncomingMessage',
  'Process',
  'ReadStream & { fd: 0; }',
  'Hash',
  'Hmac',
  'Cipher',
  'Decipher',
  'CipherGCM',
  'DecipherGCM',
  'StatWatcher',
])

export const emitters = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { deaf: "'{{name}}' is an emitter whose 'error' nobody listens to: it would end the process" },
  },
  create(context) {
    const { sourceCode } = context
    const services = sourceCode.parserServices
    const checker = services.program.getTypeChecker()
    const listening = new Set()
    const found = []
    /** Functions and methods of this file that listen to the errors of an argument, by name. */
    const makers = new Set()

    const isEmitterType = type => {
      if (type.isUnion()) return type.types.some(isEmitterType)
      if (type.flags & 1 || harmless.has(type.symbol?.name) || harmless.has(checker.typeToString(type))) return false
      return ['on', 'emit', 'listenerCount', 'removeListener'].every(name => checker.getPropertyOfType(type, name))
    }
    const isEmitter = node => isEmitterType(services.getTypeAtLocation(node))
    const textOf = node => sourceCode.getText(node)
    /** `socket`, `this.socket` and `#socket` are one name in a file. */
    const bare = name => name.replace(/^this\./, '').replace(/^#/, '')

    const isHandedOn = (name, node) => {
      const scope = sourceCode.getScope(node)
      const variable = scope.set.get(name) ?? scope.variables.find(each => each.name === name)
      return (
        variable?.references.some(({ identifier: { parent }, identifier }) => {
          if (parent.type === 'ReturnStatement' || parent.type === 'ForOfStatement') return true
          if (parent.type === 'ArrowFunctionExpression' && parent.body === identifier) return true
          return (parent.type === 'CallExpression' || parent.type === 'NewExpression') && parent.arguments.includes(identifier)
        }) === true
      )
    }

    const created = node => {
      if (node.callee.type === 'MemberExpression' && isEmitter(node.callee.object)) return
      if (node.callee.type === 'Super' || !isEmitter(node)) return
      const maker = node.callee.type === 'MemberExpression' ? node.callee.property : node.callee
      const by = bare(textOf(maker))
      let { parent } = node
      while (['TSAsExpression', 'ConditionalExpression', 'LogicalExpression', 'AwaitExpression'].includes(parent.type))
        parent = parent.parent
      switch (parent.type) {
        case 'ReturnStatement':
        case 'ArrowFunctionExpression':
        case 'CallExpression':
        case 'NewExpression':
        case 'ForOfStatement':
        case 'ArrayExpression':
          return
        // Counts as the class's property.
        case 'PropertyDefinition':
          return
        case 'AssignmentPattern':
          return void found.push({ node, name: textOf(parent.left), by })
        case 'VariableDeclarator':
          return void found.push({ node, name: textOf(parent.id), bound: parent.id, by })
        case 'AssignmentExpression':
          return void found.push({ node, name: textOf(parent.left), bound: parent.left, by })
        default:
          found.push({ node, name: textOf(node.callee) })
      }
    }

    const kept = node => {
      const key = node.type === 'TSParameterProperty' ? node.parameter : node.key
      if (isEmitter(key)) found.push({ node, name: key.name ?? textOf(key) })
    }

    const given = node => {
      if (node.parent.type !== 'CallExpression' || !node.parent.arguments.includes(node)) return
      for (const parameter of node.params)
        if (parameter.type === 'Identifier' && isEmitter(parameter))
          found.push({ node: parameter, name: parameter.name, bound: parameter, scope: node })
    }

    const maker = (name, body) => {
      if (name && textOf(body).includes(".on('error'")) makers.add(bare(textOf(name)))
    }

    return {
      FunctionDeclaration: node => maker(node.id, node),
      MethodDefinition: node => maker(node.key, node),
      "CallExpression[callee.type='MemberExpression'][callee.property.name='on'][arguments.0.value='error']": node =>
        listening.add(bare(textOf(node.callee.object))),
      CallExpression: created,
      NewExpression: created,
      PropertyDefinition: kept,
      TSParameterProperty: kept,
      ArrowFunctionExpression: given,
      FunctionExpression: given,
      'Program:exit'() {
        for (const { name, by } of found) if (by !== undefined && makers.has(by)) listening.add(bare(name))
        for (const { node, name, bound, scope } of found) {
          if (listening.has(bare(name))) continue
          if (bound?.type === 'Identifier' && isHandedOn(bound.name, scope ? scope.body : bound)) continue
          context.report({ node, messageId: 'deaf', data: { name: name.split('\n')[0].slice(0, 60) } })
        }
      },
    }
  },
}
