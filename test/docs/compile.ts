import { join } from 'node:path';
import ts from 'typescript';
import { tsconfigs } from './markdown.js';
import { ROOT, read } from './repository.js';
import type { Snippet } from './snippets.js';

/** Where snippets pretend to be: beside the prelude. No file is written there. */
const FOLDER = join(ROOT, 'test', 'docs');

export interface Compiled {
  /** What the compiler has against the snippets, each at its place in the documentation. */
  readonly complaints: readonly string[];
  /** The JavaScript of the snippets, by file name. */
  readonly emit: () => ReadonlyMap<string, string>;
}

/** The compiler options that the guide tells its readers to use, one for each dialect of decorators. */
export function documentedOptions(): Record<'standard' | 'legacy', ts.CompilerOptions> {
  const parsed = tsconfigs(read('docs/guide/getting-started.md')).map((code) => {
    const { compilerOptions } = JSON.parse(code) as { compilerOptions: object };
    const { options, errors } = ts.convertCompilerOptionsFromJson(compilerOptions, ROOT);
    if (errors.length > 0) throw new Error(errors.map(messageOf).join('\n'));
    return options;
  });
  const standard = parsed.find(({ experimentalDecorators }) => experimentalDecorators !== true);
  const legacy = parsed.find(({ experimentalDecorators }) => experimentalDecorators === true);
  if (standard === undefined || legacy === undefined) throw new Error('The guide does not name both dialects.');
  return { standard, legacy };
}

/** Compiles snippets in memory, against the sources of the packages, so that no build has to come first. */
export function compile(snippets: readonly Snippet[], options: ts.CompilerOptions): Compiled {
  const virtual = new Map(snippets.map((snippet) => [join(FOLDER, snippet.file), snippet]));
  const all: ts.CompilerOptions = {
    ...options,
    types: ['node'],
    skipLibCheck: true,
    paths: { '@infinitree/*': [join(ROOT, 'packages/*/src/index.ts')] },
  };
  const host = ts.createCompilerHost(all);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => virtual.has(path) || fileExists(path);
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const snippet = virtual.get(path);
    if (snippet === undefined) return getSourceFile(path, languageVersion, ...rest);
    return ts.createSourceFile(path, snippet.source, languageVersion);
  };
  const program = ts.createProgram({ rootNames: [...virtual.keys()], options: all, host });
  const files = [...virtual.keys()].map((path) => program.getSourceFile(path)).filter((file) => file !== undefined);
  const complaints = files.flatMap((file) =>
    [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) =>
      describe(diagnostic, virtual.get(file.fileName)),
    ),
  );
  return { complaints, emit: () => emitted(program, files) };
}

function emitted(program: ts.Program, files: readonly ts.SourceFile[]): Map<string, string> {
  const scripts = new Map<string, string>();
  for (const file of files) {
    program.emit(file, (path, text) => scripts.set(path.slice(FOLDER.length + 1), text));
  }
  return scripts;
}

function describe(diagnostic: ts.Diagnostic, snippet: Snippet | undefined): string {
  const { file, start = 0 } = diagnostic;
  const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
  const [page = ''] = (snippet?.where ?? '').split(':');
  return `${page}:${(snippet?.line ?? 0) + line}: ${messageOf(diagnostic)}`;
}

function messageOf({ messageText }: ts.Diagnostic): string {
  return ts.flattenDiagnosticMessageText(messageText, '\n');
}
