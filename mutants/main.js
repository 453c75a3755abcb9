// Changes the sources in small ways and sees whether the tests notice: npm run test:mutants -- --room crypto
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { install } from './install.js';
import { ROOMS } from './rooms.js';

const USAGE = `npm run test:mutants -- --room ${Object.keys(ROOMS).join('|')}
  --files <pattern>   only these sources of the room; may be given more than once
  --tests <pattern>   only the test files of the room whose path matches; what these miss, others may notice
  --concurrency <n>   processes that try mutants at the same time (1)
  --again             forget what earlier runs found`;
const { room, files, tests, concurrency, again } = optionsOrExit();
install();
const { Stryker } = await import('@stryker-mutator/core');

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const cache = 'mutants/node_modules/.cache';
process.chdir(here('..'));
process.env['INFINITREE_MUTANTS_ROOM'] = room;
process.env['INFINITREE_MUTANTS_TESTS'] = tests ?? '';
await new Stryker({
  mutate: files ?? ROOMS[room].mutate,
  plugins: [here('plugins.js')],
  testRunner: 'room',
  coverageAnalysis: 'perTest',
  concurrency: Number(concurrency),
  // Modules that were imported are never collected.
  maxTestRunnerReuse: 200,
  // What a mutant may take longer than the tests did; the machine may be busy.
  timeoutMS: 6_000,
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 30,
  // Types are stripped and not checked, so nothing has to be said about those of mutants.
  disableTypeChecks: false,
  ignorers: ['messages'],
  ignorePatterns: ['/benchmarks', '/coverage', '**/dist', '*.log'],
  incremental: true,
  incrementalFile: `${cache}/${room}.json`,
  force: again,
  tempDirName: `${cache}/sandbox`,
  reporters: ['survivors', 'clear-text'],
  clearTextReporter: { allowColor: false, allowEmojis: false, reportMutants: false, reportTests: false },
  thresholds: { high: 95, low: 85, break: files === undefined ? 85 : null },
  warnings: { slow: false },
}).runMutationTest();

function optionsOrExit() {
  try {
    const { values } = parseArgs({
      options: {
        room: { type: 'string' },
        files: { type: 'string', multiple: true },
        tests: { type: 'string' },
        concurrency: { type: 'string', default: '1' },
        again: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    if (Object.hasOwn(ROOMS, values.room ?? '')) return values;
    throw new Error(`--room takes one of ${Object.keys(ROOMS).join(', ')}, not "${values.room ?? ''}".`);
  } catch (error) {
    console.error(`${error.message.replace(/\.$/, '')}. See --help.`);
    process.exit(2);
  }
}
