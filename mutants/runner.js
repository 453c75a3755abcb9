import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { determineHitLimitReached, TestStatus } from '@stryker-mutator/api/test-runner';
import { bundle } from './bundle.js';
import { ROOMS } from './rooms.js';
import { installGlobals, prepare, runTest, testsOf } from './suite.js';

const OUT = 'mutants/.bundles';
const KNOWN = join(OUT, 'known.json');

/** Tests that take longer come after all others. */
const SLOW_MS = 200;

/**
 * Runs the tests of a room in this process: each file is bundled once, and imported anew for each mutant, so that none
 * inherits what another left in a module. The first test that fails ends the run, and the quickest come first.
 */
export class RoomRunner {
  #context = (globalThis.__stryker__ ??= {});
  #urls = new Map();
  #without;
  #known = new Map();
  #imports = 0;
  #fail = () => {};

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    installGlobals();
    // What a mutant throws outside of a test is a failure of that test, and not the end of the process.
    process.on('uncaughtException', (error) => this.#fail(error));
    process.on('unhandledRejection', () => {});
    const root = process.cwd();
    const room = ROOMS[process.env['INFINITREE_MUTANTS_ROOM']];
    const only = new RegExp(process.env['INFINITREE_MUTANTS_TESTS'] ?? '');
    const tests = room.tests().filter((path) => only.test(path));
    const outdir = join(root, OUT);
    const paths = existsSync(KNOWN)
      ? tests.map((path) => join(outdir, `${path.replaceAll('/', '-')}.mjs`))
      : await bundle(root, tests, outdir);
    this.#urls = new Map(tests.map((path, i) => [path, pathToFileURL(paths[i]).href]));
    this.#without = room.without ?? [];
  }

  async dryRun() {
    const results = [];
    this.#context.activeMutant = undefined;
    for (const path of this.#urls.keys()) {
      for (const test of await this.#load(path)) {
        // The hooks once more, so that what they reach counts as reached by each of the tests that need them.
        results.push(await this.#try(path, test, true));
      }
    }
    writeFileSync(KNOWN, JSON.stringify(results.map(({ id, fileName, timeSpentMs }) => [id, fileName, timeSpentMs])));
    const { mutantCoverage } = this.#context;
    // Once more in the order of the runs that follow: a test that needs another one before it would kill every mutant.
    const { status, failureMessage } = await this.mutantRun({ activeMutant: { id: 'none' } });
    if (status !== 'survived')
      return { status: 'error', errorMessage: `Tests depend on their order: ${failureMessage}` };
    return { status: 'complete', tests: results, mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    Object.assign(this.#context, { activeMutant: activeMutant.id, hitCount: hitLimit && 0, hitLimit });
    const loaded = new Map();
    let nrOfTests = 0;
    for (const { id, path } of this.#quickestFirst(testFilter ?? [...this.#times().keys()])) {
      let test;
      try {
        if (!loaded.has(path)) loaded.set(path, new Map((await this.#load(path)).map((test) => [test.id, test])));
        test = loaded.get(path).get(id);
      } catch (error) {
        return { status: 'killed', killedBy: [id], failureMessage: String(error), nrOfTests };
      }
      // A mutant of what tests are named after has renamed it.
      if (test === undefined) continue;
      nrOfTests += 1;
      const { status, failureMessage } = await this.#try(path, test);
      const limit = determineHitLimitReached(this.#context.hitCount, hitLimit);
      if (limit !== undefined) return limit;
      if (status === TestStatus.Failed)
        return { status: 'killed', killedBy: [id], failureMessage: `${id}: ${failureMessage}`, nrOfTests };
    }
    return { status: 'survived', nrOfTests };
  }

  /** The tests of a file, from modules of their own. */
  async #load(path) {
    this.#imports += 1;
    const tests = await testsOf(() => import(`${this.#urls.get(path)}?${this.#imports}`));
    const seen = new Map();
    for (const test of tests) {
      const count = (seen.get(test.name) ?? 0) + 1;
      seen.set(test.name, count);
      test.id = `${path} ${test.name}${count > 1 ? ` (${count})` : ''}`;
    }
    return tests.filter(({ id }) => !this.#without.some((pattern) => pattern.test(id)));
  }

  async #try(path, test, again = false) {
    const { id } = test;
    const result = { id, name: id, fileName: path };
    const start = performance.now();
    const failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    failure.catch(() => {});
    try {
      await Promise.race([this.#run(test, again), failure]);
      return { ...result, status: TestStatus.Success, timeSpentMs: performance.now() - start };
    } catch (error) {
      return {
        ...result,
        status: TestStatus.Failed,
        timeSpentMs: performance.now() - start,
        failureMessage: String(error),
      };
    }
  }

  async #run(test, again) {
    this.#context.currentTestId = test.id;
    try {
      await prepare(test, again);
      await runTest(test);
    } finally {
      this.#context.currentTestId = undefined;
    }
  }

  #times() {
    if (this.#known.size === 0) {
      for (const [id, path, ms] of JSON.parse(readFileSync(KNOWN, 'utf8'))) this.#known.set(id, { path, ms });
    }
    return this.#known;
  }

  /** File by file in the order of the tests, the cheapest file first; and then what is slow. */
  #quickestFirst(wanted) {
    const ids = new Set(wanted);
    const tests = [...this.#times()].filter(([id]) => ids.has(id)).map(([id, { path, ms }]) => ({ id, path, ms }));
    const cost = new Map();
    for (const { path, ms } of tests) cost.set(path, (cost.get(path) ?? 0) + ms);
    const rank = ({ path, ms }) => (ms > SLOW_MS ? Number.MAX_VALUE : cost.get(path));
    return tests.sort((a, b) => rank(a) - rank(b));
  }
}
