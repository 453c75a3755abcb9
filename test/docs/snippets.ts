import ts from 'typescript';
import { examples } from './doc-comments.js';
import { fences } from './markdown.js';
import { read } from './repository.js';

/** A piece of documentation as a module of its own. */
export interface Snippet {
  /** Where it stands, for whoever has to correct it. */
  readonly where: string;
  /** The file it becomes, beside the prelude: lines keep their numbers, counted from `line`. */
  readonly file: string;
  readonly line: number;
  readonly source: string;
}

const MEMBER = /^\s*@(?:Field|Skip)\(/;

/**
 * The snippets of a page. Each is a module that exports what it declares and imports what it does not, from the nearest
 * snippet above it that has it, or else from the prelude, if there is one.
 */
export function snippetsOfPage(path: string, prelude: string | undefined): Snippet[] {
  const blocks = fences(read(path)).filter(({ language }) => language === 'ts');
  const known = new Map<string, string>();
  for (const name of prelude === undefined ? [] : declaredNames(prelude)) known.set(name, './prelude.js');
  let before: string | undefined;
  return blocks.map(({ code, line }, i) => {
    const stem = `${path.replace(/\W+/g, '-')}-${i + 1}`;
    const whole = wrapMembers(code);
    const own = declaredNames(whole);
    const imports = importsFor(known, own);
    const exports = own.filter((name) => !importedNames(whole).includes(name));
    // What has no name is in order too: each snippet runs after the one above it.
    const order = before === undefined ? '' : `import './${before}.js';`;
    const source = `${whole}\n${order}${imports}export { ${exports.join(', ')} };\n`;
    for (const name of own) known.set(name, `./${stem}.js`);
    for (const name of importedNames(whole)) known.set(name, importOf(whole, name));
    before = stem;
    return { where: `${path}:${line}`, file: `${stem}.ts`, line, source };
  });
}

/** The examples in the doc comments of a source file. They may stand for the body of a function, and so return. */
export function snippetsOfSource(path: string, prelude: string): Snippet[] {
  const known = new Map(declaredNames(prelude).map((name) => [name, './prelude.js']));
  return examples(read(path)).map(({ code, line }, i) => {
    const whole = MEMBER.test(code) ? wrapMembers(code) : inFunction(code);
    const source = `${whole}\n${importsFor(known, declaredNames(whole))}\nexport {};\n`;
    return { where: `${path}:${line}`, file: `${path.replace(/\W+/g, '-')}-${i + 1}.ts`, line, source };
  });
}

function wrapMembers(code: string): string {
  return MEMBER.test(code) ? `class Members { ${code}\n}` : code;
}

function inFunction(code: string): string {
  const lines = code.split('\n');
  const body = lines.findIndex((line) => !line.startsWith('import '));
  lines[body] = `async function example() { ${lines[body] ?? ''}`;
  return `${lines.join('\n')}}`;
}

function importsFor(known: ReadonlyMap<string, string>, own: readonly string[]): string {
  return [...known]
    .filter(([name]) => !own.includes(name))
    .map(([name, from]) => `import { ${name} } from '${from}';`)
    .join('');
}

/** The names that a module declares or imports at its outermost level. */
function declaredNames(source: string): string[] {
  return [...importedNames(source), ...statements(source).flatMap(namesOf)];
}

function importedNames(source: string): string[] {
  return statements(source).flatMap((statement) =>
    ts.isImportDeclaration(statement) ? bindingsOf(statement).map(({ name }) => name.text) : [],
  );
}

function importOf(source: string, name: string): string {
  for (const statement of statements(source)) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    if (bindingsOf(statement).some((binding) => binding.name.text === name)) return statement.moduleSpecifier.text;
  }
  throw new Error(`Nothing imports ${name}.`);
}

function bindingsOf(statement: ts.ImportDeclaration): readonly ts.ImportSpecifier[] {
  const bindings = statement.importClause?.namedBindings;
  return bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => namesBound(name));
  }
  const declares =
    ts.isClassDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return declares && statement.name !== undefined ? [statement.name.text] : [];
}

function namesBound(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesBound(element.name) : []));
}

function statements(source: string): readonly ts.Statement[] {
  return ts.createSourceFile('snippet.ts', source, ts.ScriptTarget.ES2022).statements;
}
