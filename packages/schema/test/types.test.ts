// The files in `types/` must compile in both dialects, with an error exactly where they expect one. `npm run lint` checks
// that too; this also checks what differs between the dialects, and that the checks would notice a mistake.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = fileURLToPath(new URL('.', import.meta.url));
const VIRTUAL = `${here}virtual.ts`;

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.decorators.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noEmit: true,
  // The sources, so that nothing has to be built before.
  paths: { '@infinitree/*': [`${here}../../*/src/index.ts`] },
};

type Dialect = 'standard' | 'legacy';

// Parsing the library files takes most of the time, so both dialects share them.
const parsed = new Map<string, ts.SourceFile | undefined>();

/** The errors of these files in one dialect, as `decorators.ts(12): TS1240 …`. */
function errorsOf(files: readonly string[], dialect: Dialect, virtual = ''): string[] {
  const options = { ...OPTIONS, experimentalDecorators: dialect === 'legacy' };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, language, ...rest) => {
    if (name === VIRTUAL) return ts.createSourceFile(name, virtual, language);
    if (!parsed.has(name)) parsed.set(name, getSourceFile.call(host, name, language, ...rest));
    return parsed.get(name);
  };
  const program = ts.createProgram([...files], options, host);
  return files
    .map((file) => program.getSourceFile(file)!)
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ file, start, code, messageText }) => {
      const line = file!.getLineAndCharacterOfPosition(start!).line + 1;
      const name = file!.fileName.slice(file!.fileName.lastIndexOf('/') + 1);
      return `${name}(${line}): TS${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
}

/** The lines of this code that do not compile, the first of them being 1. */
function failingLines(code: string, dialect: Dialect): number[] {
  const imports = `import { Field } from '@infinitree/schema'; import { Serialized, VersionedMap } from './stand-ins.js';`;
  const lines = errorsOf([VIRTUAL], dialect, `${imports}\n${code}`).map((error) => Number(/\((\d+)\)/.exec(error)![1]));
  return [...new Set(lines.map((line) => line - 1))];
}

describe.each(['standard', 'legacy'] as const)('in the %s dialect', (dialect) => {
  test('the files in types/ have the errors they expect and no others', () => {
    const files = readdirSync(`${here}types`).map((name) => `${here}types/${name}`);

    expect(files.length).toBeGreaterThan(0);
    expect(errorsOf(files, dialect)).toEqual([]);
  });

  test('an error that is not expected would be seen', () => {
    const code = `export class C {\n@Field({ strategy: 'sparse' }) a = new Serialized(0);\n}`;

    expect(failingLines(code, dialect)).toEqual([2]);
  });
});

describe('what the dialects see differently', () => {
  // The guide lists these; whoever changes one changes it there.
  const code = `export class C {
    @Field({ strategy: 'sparse' }) protected hidden = new VersionedMap<string, number>();
    @Field() static unowned = new Serialized(0);
    @Field() method(): void {}
  }`;

  test('a protected field with a strategy is refused by legacy decorators, since it is not public', () => {
    expect(failingLines(code, 'legacy')).toEqual([2]);
  });

  test('static members and methods are refused by standard decorators alone; at run time both refuse them', () => {
    expect(failingLines(code, 'standard')).toEqual([3, 4]);
  });
});
