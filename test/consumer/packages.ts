import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../docs/repository.js';

const execute = promisify(execFile);
const PACKAGES = ['core', 'schema', 'backend-directory'];
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Runs the compiler of this repository. Rejects with what it says when it is not content. */
export async function tsc(...args: readonly string[]): Promise<void> {
  await run(process.execPath, [TSC, ...args], ROOT);
}

/** Runs a program and gives what it prints. Rejects with all of it when it fails. */
export async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await execute(program, args, { cwd })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/**
 * Installs the packages into `node_modules` of a folder as a registry would hand them out: packed, unpacked, and without
 * what the packing leaves out. What they depend on is linked from this repository, so that no network is asked.
 */
export async function installPacked(folder: string): Promise<void> {
  await run('npm', ['run', 'build'], ROOT);
  // All of it was just built, which is what packing would do first.
  const tarballs = join(folder, 'tarballs');
  await mkdir(tarballs);
  const workspaces = PACKAGES.map((name) => `--workspace=@infinitree/${name}`);
  const packed = await run(
    'npm',
    ['pack', '--ignore-scripts', '--json', `--pack-destination=${tarballs}`, ...workspaces],
    ROOT,
  );
  const results = JSON.parse(packed) as readonly { readonly name: string; readonly filename: string }[];
  const modules = join(folder, 'node_modules');
  await Promise.all(
    results.map(async ({ name, filename }) => {
      const target = join(modules, name);
      await mkdir(target, { recursive: true });
      await run('tar', ['-xzf', join(tarballs, filename), '-C', target, '--strip-components=1'], folder);
    }),
  );
  const wanted = new Set((await Promise.all(results.map(({ name }) => dependenciesOf(join(modules, name))))).flat());
  for (const name of [...wanted].filter((dependency) => !dependency.startsWith('@infinitree/'))) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(modules, name), 'junction');
  }
}

async function dependenciesOf(folder: string): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  return Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
}
