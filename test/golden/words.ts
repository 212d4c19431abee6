/** The words that the sources write for others to read: log events, error codes, the scripts' words, unions. */
import ts from 'typescript'
import { calledName, nodesOf, patternsOf, placeOf, textsOf } from './sources.ts'

type Files = readonly ts.SourceFile[]

const LEVELS = ['debug', 'info', 'warn', 'error']

const sorted = (words: Iterable<string>): string[] => [...new Set(words)].toSorted()

/** Every event that is logged, with its levels. @throws where an event cannot be told from the source */
export function logEvents(files: Files): Record<string, string[]> {
  const events: Record<string, string[]> = {}
  for (const call of nodesOf(files, ts.isCallExpression)) {
    const levels = levelsOf(call.expression, files)
    if (levels.length === 0 || call.arguments.length === 0) continue
    const texts = textsOf(call.arguments[0], files)
    if (texts === null) throw new Error(`the scan cannot tell which event is logged at ${placeOf(call)}`)
    for (const text of texts) events[text] = sorted([...(events[text] ?? []), ...levels])
  }
  return events
}

/** The levels of `log.info` and of `log[x ? 'error' : 'info']`; none where this is no logger's method. */
function levelsOf(callee: ts.Expression, files: Files): string[] {
  if (ts.isPropertyAccessExpression(callee)) return LEVELS.filter((level) => level === callee.name.text)
  if (!ts.isElementAccessExpression(callee)) return []
  const names = textsOf(callee.argumentExpression, files) ?? []
  return names.every((name) => LEVELS.includes(name)) ? names : []
}

/** The texts of one constructor's arguments, those of a call joined by a space; `*` is what the source leaves open. */
export function constructed(files: Files, name: string, ...at: number[]): string[] {
  const calls = nodesOf(files, ts.isNewExpression).filter((call) => calledName(call) === name)
  return sorted(
    calls.flatMap((call) =>
      at
        .map((index) => patternsOf(call.arguments?.[index], files))
        .reduce((starts, ends) => starts.flatMap((start) => ends.map((end) => `${start} ${end}`))),
    ),
  )
}

/** The texts of one argument of a function's calls. */
export function passedTo(files: Files, name: string, at: number): string[] {
  const calls = nodesOf(files, ts.isCallExpression).filter((call) => calledName(call) === name)
  return sorted(calls.flatMap((call) => patternsOf(call.arguments[at], files)))
}

/** Every text that becomes a `code`: of an object, of a class or of a variable. */
export function codes(files: Files): string[] {
  const isNamed = (
    node: ts.Node,
  ): node is ts.PropertyAssignment | ts.PropertyDeclaration | ts.VariableDeclaration =>
    (ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node)) &&
    node.name.getText() === 'code'
  return sorted(nodesOf(files, isNamed).flatMap(({ initializer }) => textsOf(initializer, files) ?? []))
}

/** The lists of words that replies of scripts are checked against. */
export function tags(files: Files): string[] {
  const calls = nodesOf(files, ts.isCallExpression).filter((call) => calledName(call) === 'tagOf')
  return sorted(
    calls.map(({ arguments: [, list] }) => {
      if (!list || !ts.isArrayLiteralExpression(list)) throw new Error('tagOf without its list')
      return list.elements.flatMap((element) => textsOf(element, files) ?? []).join('|')
    }),
  )
}

/** The quoted texts in all of the project's Lua but the names of commands: fields, formats, patterns, replies. */
export function luaWords(files: Files): string[] {
  const isTemplate = (node: ts.Node): node is ts.NoSubstitutionTemplateLiteral | ts.TemplateExpression =>
    ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node)
  const lua = nodesOf(files, isTemplate)
    .map(cookedText)
    .filter((text) => /redis\.p?call\(|local function|^local |^return \{/m.test(text))
  return sorted(
    lua.flatMap((text) => {
      const code = text.replaceAll(/(^|\s)--[^\n]*/g, '').replaceAll(/call\('[A-Z]+'/g, '')
      return [...code.matchAll(/'([^'\n]*)'/g)].map(([, word = '']) => word)
    }),
  )
}

/** A template's text as the store gets it; what is put into it comes from templates of its own. */
function cookedText(node: ts.NoSubstitutionTemplateLiteral | ts.TemplateExpression): string {
  if (ts.isNoSubstitutionTemplateLiteral(node)) return node.text
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…')
}

/** The words of a union of texts: of a type alias, or of a member of an interface, as `Failure.action`. */
export function unionOf(files: Files, name: string): string[] {
  const [owner = '', member] = name.split('.')
  const type = member === undefined ? aliasOf(files, owner) : memberOf(files, owner, member)
  if (!type) throw new Error(`no type ${name}: tell test/golden its new name`)
  const words: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) words.push(node.literal.text)
    ts.forEachChild(node, visit)
  }
  visit(type)
  return sorted(words)
}

function aliasOf(files: Files, name: string): ts.TypeNode | undefined {
  return nodesOf(files, ts.isTypeAliasDeclaration).find((alias) => alias.name.text === name)?.type
}

function memberOf(files: Files, owner: string, member: string): ts.TypeNode | undefined {
  const found = nodesOf(files, ts.isInterfaceDeclaration).find(({ name }) => name.text === owner)
  const signature = found?.members.find((each) => each.name?.getText() === member)
  return signature && ts.isPropertySignature(signature) ? signature.type : undefined
}

/** Variables of the environment that are read by name, as `env['X']`. */
export function environmentNames(files: Files): string[] {
  const reads = nodesOf(files, ts.isElementAccessExpression).filter(({ expression }) =>
    /\benv$/.test(expression.getText()),
  )
  const literal = reads.flatMap(({ argumentExpression }) => textsOf(argumentExpression, []) ?? [])
  const dotted = nodesOf(files, ts.isPropertyAccessExpression)
    .filter(({ expression }) => /\bprocess\.env$/.test(expression.getText()))
    .map(({ name }) => name.text)
  return sorted([...literal, ...dotted])
}
