/** Which cells of a notebook others depend on, by the names that they declare and use. */
import ts from 'typescript';

/** Methods that change what they are called on. */
const CHANGING = /^(push|unshift|pop|shift|splice|set|add|delete|clear|sort|reverse|fill|assign)$/;

interface Names {
  /** Declared at the top level, or changed anywhere. */
  made: Set<string>;
  used: Set<string>;
}

function namesOf(source: string): Names {
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true);
  const made = new Set<string>();
  const used = new Set<string>();
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) made.add(name.text);
    else for (const one of name.elements) if (ts.isBindingElement(one)) bind(one.name);
  };
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) bind(name);
    else if (ts.isImportDeclaration(statement))
      statement.importClause?.forEachChild((part) => identifiers(part, (name) => made.add(name)));
    else if ('name' in statement && ts.isIdentifier(statement.name as ts.Node))
      made.add((statement.name as ts.Identifier).text);
  }
  const visit = (node: ts.Node): void => {
    const changed = changedBy(node);
    if (changed !== undefined) made.add(changed);
    if (ts.isIdentifier(node) && !isProperty(node)) used.add(node.text);
    node.forEachChild(visit);
  };
  visit(file);
  return { made, used };
}

function identifiers(node: ts.Node, found: (name: string) => void): void {
  if (ts.isIdentifier(node)) found(node.text);
  node.forEachChild((child) => identifiers(child, found));
}

/** The name after a dot or before a colon, which is no variable. */
function isProperty(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  return ts.isPropertyAssignment(parent) && parent.name === node;
}

/** The variable that an assignment, `++`, or a changing method changes. */
function changedBy(node: ts.Node): string | undefined {
  const isAssignment =
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    node.operatorToken.kind <= ts.SyntaxKind.LastAssignment;
  if (isAssignment) return rootOf((node as ts.BinaryExpression).left);
  if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) {
    const { operator } = node;
    const counts =
      operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    return counts ? rootOf(node.operand) : undefined;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression))
    return undefined;
  const { name, expression } = node.expression;
  return CHANGING.test(name.text) ? rootOf(expression) : undefined;
}

/** The variable at the beginning of `x[i].y`. */
function rootOf(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  const isPart = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
  return isPart ? rootOf(node.expression) : undefined;
}

/**
 * The cells that are wanted, and those that declare or change a name that these use, and so on; what they print or write
 * elsewhere is no dependency.
 * @param sources of all cells, in order
 * @returns indices, in order
 */
export function neededCells(
  sources: readonly string[],
  wanted: (source: string) => boolean,
): number[] {
  const names = sources.map(namesOf);
  const needed = new Set([...sources.keys()].filter((i) => wanted(sources[i])));
  const used = new Set([...needed].flatMap((i) => [...names[i].used]));
  for (let before = -1; before !== needed.size;) {
    before = needed.size;
    for (const [i, { made, used: uses }] of names.entries()) {
      if (needed.has(i) || ![...made].some((name) => used.has(name))) continue;
      needed.add(i);
      for (const name of uses) used.add(name);
    }
  }
  return [...needed].sort((a, b) => a - b);
}
