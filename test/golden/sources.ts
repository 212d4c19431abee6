/**
 * What the production sources say: the syntax trees of everything under api and lib, and which texts an expression
 * can stand for. Nothing here depends on a folder's name, so sources may move.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** What runs on no server: the panel, and what only development and tests use. */
const LEFT_OUT = /^lib\/(dev|panel|testing)\//

/** Parses the production sources, `api` and `lib`. */
export function readSources(): ts.SourceFile[] {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  return ['api', 'lib']
    .flatMap((top) =>
      readdirSync(root + top, { recursive: true, encoding: 'utf8' }).map((f) => `${top}/${f}`),
    )
    .filter((file) => file.endsWith('.ts') && !LEFT_OUT.test(file))
    .toSorted()
    .map((file) => ts.createSourceFile(file, readFileSync(root + file, 'utf8'), ts.ScriptTarget.Latest, true))
}

/** All nodes of one kind, in all files. */
export function nodesOf<Node extends ts.Node>(
  files: readonly ts.SourceFile[],
  isIt: (node: ts.Node) => node is Node,
): Node[] {
  return files.flatMap((file) => allNodes(file).filter(isIt))
}

/** Each file is walked once: the scans ask for its nodes a hundred times. */
const walked = new WeakMap<ts.SourceFile, ts.Node[]>()

function allNodes(file: ts.SourceFile): ts.Node[] {
  const before = walked.get(file)
  if (before) return before
  const found: ts.Node[] = []
  const visit = (node: ts.Node): void => {
    found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(file)
  walked.set(file, found)
  return found
}

/** The last name of what is called: `b` of `a.b()`. */
export function calledName(call: ts.CallExpression | ts.NewExpression): string {
  const { expression } = call
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text
  return ts.isIdentifier(expression) ? expression.text : ''
}

/**
 * The texts that an expression can stand for: literals, either side of a condition, templates of such, and the
 * parameters of local helpers, by what these are called with.
 * @returns null where it cannot be told from the source
 */
export function textsOf(
  expression: ts.Expression | undefined,
  files: readonly ts.SourceFile[],
): string[] | null {
  if (expression === undefined) return null
  if (ts.isStringLiteralLike(expression) || ts.isNumericLiteral(expression)) return [expression.text]
  if (
    ts.isParenthesizedExpression(expression) ||
    ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression)
  ) {
    return textsOf(expression.expression, files)
  }
  if (ts.isConditionalExpression(expression)) {
    return both(textsOf(expression.whenTrue, files), textsOf(expression.whenFalse, files))
  }
  if (ts.isTemplateExpression(expression)) {
    return expression.templateSpans.reduce<string[] | null>(
      (starts, { expression: inner, literal }) => {
        const middles = textsOf(inner, files)
        if (starts === null || middles === null) return null
        return starts.flatMap((start) => middles.map((middle) => start + middle + literal.text))
      },
      [expression.head.text],
    )
  }
  return ts.isIdentifier(expression) ? passedAs(expression, files) : null
}

function both(a: string[] | null, b: string[] | null): string[] | null {
  return a && b && [...a, ...b]
}

/** What the callers of the function around pass for its parameter of this name. */
function passedAs(name: ts.Identifier, files: readonly ts.SourceFile[]): string[] | null {
  for (let node: ts.Node = name.parent; !ts.isSourceFile(node); node = node.parent) {
    if (!ts.isFunctionLike(node)) continue
    const at = node.parameters.findIndex((parameter) => parameter.name.getText() === name.text)
    if (at < 0) continue
    const holder = node.name ? node : node.parent
    const helper = 'name' in holder ? (holder.name as ts.Node | undefined)?.getText() : undefined
    const isExported = ts.isFunctionDeclaration(node) && /^export\b/.test(node.getText())
    const within = isExported ? files : [node.getSourceFile()]
    const calls = nodesOf(within, ts.isCallExpression).filter((call) => calledName(call) === helper)
    const passed = calls.map((call) => textsOf(call.arguments[at], files))
    return passed.length === 0 ? null : passed.reduce(both)
  }
  return null
}

/** What an expression can stand for, where `*` is what cannot be told. */
export function patternsOf(expression: ts.Expression | undefined, files: readonly ts.SourceFile[]): string[] {
  const texts = textsOf(expression, files)
  if (texts) return texts
  if (expression && ts.isConditionalExpression(expression)) {
    return [expression.whenTrue, expression.whenFalse].flatMap((side) => patternsOf(side, files))
  }
  if (expression === undefined || !ts.isTemplateExpression(expression)) return ['*']
  return [expression.head.text + expression.templateSpans.map(({ literal }) => `*${literal.text}`).join('')]
}

/** The place of a node, for messages. */
export function placeOf(node: ts.Node): string {
  const file = node.getSourceFile()
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}
