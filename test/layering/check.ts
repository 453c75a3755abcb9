import ts from 'typescript';
import { COMMON_FILES, MAX_LINES, MAY_IMPORT_SIBLINGS, REASONS, ROOMS } from './rules.js';

/** A source file; `path` is relative to the repository: `packages/core/src/bytes/hex.ts`. */
export interface SourceFile {
  readonly path: string;
  readonly source: string;
}

export interface Violation {
  readonly path: string;
  /** The import as written, or what else is wrong with the file. */
  readonly found: string;
  readonly because: string;
}

interface Place {
  readonly package: string;
  /** Relative to the package's `src`. */
  readonly file: string;
  /** The first folder below `src`; undefined for root files. */
  readonly room: string | undefined;
}

/** Every rule of `rules.ts` that the files break. */
export function checkLayering(files: readonly SourceFile[]): Violation[] {
  const imports = new Map(files.map(({ path, source }) => [path, importsOf(source)]));
  return [...files.flatMap(checkFile), ...[...imports].flatMap(checkImports), ...findCycles(imports)];
}

export function describeViolation({ path, found, because }: Violation): string {
  return `${path}: ${found}\n    because: ${because}`;
}

function importsOf(source: string): string[] {
  return ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName);
}

function checkFile({ path, source }: SourceFile): Violation[] {
  const violations: Violation[] = [];
  const place = placeOf(path);
  const lines = source.replace(/\n$/, '').split('\n').length;
  if (lines > MAX_LINES) {
    violations.push({ path, found: `has ${lines} lines, ${MAX_LINES} are allowed`, because: REASONS.length });
  }
  if (place?.package === 'core' && place.room !== undefined) {
    if (!Object.hasOwn(ROOMS, place.room)) {
      violations.push({ path, found: `lies in the unknown room '${place.room}'`, because: REASONS.unknownRoom });
    }
    if (place.file.endsWith('/index.ts')) {
      violations.push({ path, found: 'is a barrel inside a room', because: REASONS.barrel });
    }
  }
  return violations;
}

function checkImports([path, specifiers]: [string, readonly string[]]): Violation[] {
  return specifiers.flatMap((specifier) => {
    const because = reasonAgainst(path, specifier);
    return because === undefined ? [] : [{ path, found: `imports '${specifier}'`, because }];
  });
}

function reasonAgainst(path: string, specifier: string): string | undefined {
  const from = placeOf(path);
  if (from === undefined) return undefined;
  if (!specifier.startsWith('.')) return reasonAgainstPackage(from, specifier);
  const to = placeOf(resolve(path, specifier));
  if (to?.package !== from.package) return REASONS.leavesPackage;
  return from.package === 'core' ? reasonAgainstRoom(from, to) : undefined;
}

function reasonAgainstPackage(from: Place, specifier: string): string | undefined {
  if (from.package === 'core' && specifier.startsWith('node:')) return REASONS.coreHasNoNode;
  const [scope, name, ...rest] = specifier.split('/');
  if (scope !== '@infinitree') return undefined;
  if (from.package === 'core') return REASONS.coreStandsAlone;
  if (name === 'core') return rest.length === 0 ? undefined : REASONS.coreEntry;
  return MAY_IMPORT_SIBLINGS.includes(from.package) ? undefined : REASONS.siblings;
}

function reasonAgainstRoom(from: Place, to: Place): string | undefined {
  if (from.room === undefined) return COMMON_FILES.includes(from.file) ? REASONS.commonFile : undefined;
  if (from.room === to.room || COMMON_FILES.includes(to.file)) return undefined;
  if (to.room === undefined) return REASONS.rootFile;
  const rule = ROOMS[from.room];
  if (rule === undefined || rule.mayImport.includes(to.room) || rule.mayImport.includes(to.file)) return undefined;
  return `${from.room} may import ${rule.mayImport.join(', ') || 'nothing'}: ${rule.because}`;
}

/** One violation for each import that closes a circle. */
function findCycles(imports: ReadonlyMap<string, readonly string[]>): Violation[] {
  const violations: Violation[] = [];
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (finished.has(path)) return;
    for (const specifier of imports.get(path) ?? []) {
      const target = specifier.startsWith('.') ? resolve(path, specifier) : specifier;
      const start = [...trail, path].indexOf(target);
      if (start >= 0) {
        const circle = [...trail, path].slice(start);
        violations.push({ path, found: `closes the cycle ${[...circle, target].join(' → ')}`, because: REASONS.cycle });
      } else if (imports.has(target)) {
        visit(target, [...trail, path]);
      }
    }
    finished.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return violations;
}

function placeOf(path: string): Place | undefined {
  const match = /^packages\/([^/]+)\/src\/(.+)$/.exec(path);
  const [, name, file] = match ?? [];
  if (name === undefined || file === undefined) return undefined;
  return { package: name, file, room: file.includes('/') ? file.split('/')[0] : undefined };
}

function resolve(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/').replace(/\.js$/, '.ts');
}
